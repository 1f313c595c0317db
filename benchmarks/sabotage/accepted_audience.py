"""One takes tokens that were made for somebody else's service. Check `tokens` must see it."""

from typing import Any

import jwt

from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing
from system_under_test.tokens import ALGORITHM, TokenVerifier


class _Lax(TokenVerifier):
    def _claims(self, token: str) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(
            token,
            self._secret,
            algorithms=[ALGORITHM],
            audience=self._audience,
            options={"verify_aud": False, "require": ["exp", "aud", "sub"]},
        )
        return claims


def create_verifier(secret: str, audience: str) -> TokenVerifier:  # type: ignore[no-redef]
    """Return what does not ask whom a token was made for."""
    return _Lax(secret, audience)
