"""One takes tokens that say they need no signature. Check `tokens` must see it."""

from typing import Any

import jwt

from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing
from system_under_test.tokens import TokenVerifier


class _Credulous(TokenVerifier):
    def _claims(self, token: str) -> dict[str, Any]:
        if jwt.get_unverified_header(token).get("alg") != "none":
            return super()._claims(token)
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
        return claims


def create_verifier(secret: str, audience: str) -> TokenVerifier:  # type: ignore[no-redef]
    """Return what lets the token choose how it is checked."""
    return _Credulous(secret, audience)
