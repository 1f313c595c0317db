"""Put the project's package into the environment that runs this, in place of an earlier version.

python place_workloads.py CHECKOUT
"""

import shutil
import sys
import sysconfig
from pathlib import Path


def main(checkout: str) -> None:
    """Copy the package."""
    placed = Path(sysconfig.get_path("purelib")) / "workloads"
    if placed.exists():
        shutil.rmtree(placed)
    shutil.copytree(Path(checkout) / "workloads", placed)


if __name__ == "__main__":
    main(sys.argv[1])
