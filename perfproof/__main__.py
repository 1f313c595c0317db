"""``python -m perfproof``: the same as the command ``perfproof``."""

import sys

from perfproof.cli.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
