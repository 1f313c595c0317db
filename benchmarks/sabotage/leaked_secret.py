"""Secrets in mappings inside a list inside a list are not redacted.

Check `redaction` must see it.
"""

from collections.abc import Mapping
from typing import Any

from system_under_test import reference
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing


def redact(payload: Mapping[str, Any]) -> Mapping[str, Any]:  # type: ignore[no-redef]
    """Return the payload without most secrets."""
    cleaned = dict(reference.redact(payload))
    for key, value in payload.items():
        if isinstance(value, list) and any(isinstance(each, list) for each in value):
            cleaned[key] = value
    return cleaned
