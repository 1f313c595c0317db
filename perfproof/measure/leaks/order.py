"""What a leak worker is asked, and how it is told: JSON in an environment variable."""

from __future__ import annotations

import msgspec

__all__ = ["ORDER_VARIABLE", "SURVEY_FILE", "SurveyOrder"]

ORDER_VARIABLE = "PERFPROOF_LEAK_ORDER"
SURVEY_FILE = "survey.json"
"""What was found, in the survey's folder."""


class SurveyOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one benchmark is surveyed.

    Attributes:
        folder: A folder of this survey's own: what memray records, what is found, and the
            folder for temporary files of what is measured.
        budget_seconds: About how long all rounds together take.
        native: Whether frames of C code are recorded too.
    """

    folder: str
    budget_seconds: float
    native: bool = False
