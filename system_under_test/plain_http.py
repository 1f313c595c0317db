"""What the port answers over plain HTTP: the page, the health, and the reason of every refusal."""

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from picows import WSUpgradeResponse, WSUpgradeResponseWithListener

from system_under_test.admission import Refusal
from system_under_test.encoding import encode_event

_JSON = "application/json"
_HTML = "text/html; charset=utf-8"


def page_answer(page: bytes) -> WSUpgradeResponseWithListener:
    """Return an answer that shows a page."""
    return _answer(HTTPStatus.OK, page, {"Content-Type": _HTML, "Cache-Control": "no-store"})


def health_answer(
    health: Mapping[str, Any], *, ready: bool, retry_after_seconds: float
) -> WSUpgradeResponseWithListener:
    """Return an answer that tells the server's health: 200, or 503 when it is not ready."""
    headers = {"Content-Type": _JSON, "Cache-Control": "no-store"}
    if not ready:
        headers["Retry-After"] = _whole_seconds(retry_after_seconds)
    status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    return _answer(status, encode_event(health), headers)


def refusal_answer(refusal: Refusal) -> WSUpgradeResponseWithListener:
    """Return an answer that refuses, with the reason as JSON."""
    headers = {"Content-Type": _JSON, "Cache-Control": "no-store"}
    if refusal.retry_after_seconds is not None:
        headers["Retry-After"] = _whole_seconds(refusal.retry_after_seconds)
    if refusal.status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if refusal.status is HTTPStatus.UPGRADE_REQUIRED:
        headers["Upgrade"] = "websocket"
    body = encode_event({"code": refusal.code, "reason": refusal.reason})
    return _answer(refusal.status, body, headers)


def _answer(
    status: HTTPStatus, body: bytes, headers: Mapping[str, str]
) -> WSUpgradeResponseWithListener:
    if status is HTTPStatus.OK:
        response = WSUpgradeResponse.create_ok_response(body, headers)
    else:
        response = WSUpgradeResponse.create_error_response(status, body, headers)
    return WSUpgradeResponseWithListener(response, None)


def _whole_seconds(seconds: float) -> str:
    # RFC 9110 section 10.2.3: a delay is a whole number of seconds.
    return str(math.ceil(seconds))
