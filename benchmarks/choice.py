"""Which system is measured: `--system`, else PERFPROOF_SYSTEM, else the reference."""

import os
from typing import Final

VARIABLE: Final = "PERFPROOF_SYSTEM"
REFERENCE: Final = "system_under_test.reference"


def default_system() -> str:
    """Return the module that is measured when no option names one."""
    return os.environ.get(VARIABLE) or REFERENCE
