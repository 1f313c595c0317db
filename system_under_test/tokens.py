"""Who somebody is, by a signed token: one algorithm, an end, and an audience, all demanded.

The algorithm is pinned here and never read from the token, which is how `alg: none` and an
exchanged algorithm are refused. Whoever presents a bad token is told only that it is bad; the
reason goes to the log.
"""

import time
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

import jwt
import msgspec
from jwt.exceptions import InvalidSubjectError

from system_under_test.errors import BackendError
from system_under_test.placeholders import explain

ALGORITHM: Final = "HS256"
# A token names a user, an audience and two times: a longer one is not worth a signature check.
_LONGEST_TOKEN: Final = 4_096
_REQUIRED: Final = ("exp", "aud", "sub")


class TokenProblem(StrEnum):
    """What is wrong with a token: for the log, not for whoever presents it."""

    MISSING = "missing"
    MALFORMED = "malformed"
    ALGORITHM = "algorithm"
    SIGNATURE = "signature"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    AUDIENCE = "audience"
    CLAIM = "claim"
    USER = "user"


class InvalidTokenError(BackendError):
    """A token is refused; its sentence is the same whatever the problem is."""

    def __init__(self, problem: TokenProblem) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return "the token is missing or not valid; ask for a new one"


class Identity(msgspec.Struct, frozen=True):
    """Who presented a token.

    Attributes:
        user_id: The user it names.
        expires_at: Seconds since the epoch from which it is void.
    """

    user_id: str
    expires_at: float


# The first that fits: an expired token is an invalid one too, as far as the library's tree goes.
_PROBLEMS: Final[tuple[tuple[type[Exception], TokenProblem], ...]] = (
    (jwt.ExpiredSignatureError, TokenProblem.EXPIRED),
    (jwt.ImmatureSignatureError, TokenProblem.NOT_YET_VALID),
    (jwt.InvalidIssuedAtError, TokenProblem.CLAIM),
    (jwt.InvalidAudienceError, TokenProblem.AUDIENCE),
    (jwt.MissingRequiredClaimError, TokenProblem.CLAIM),
    (jwt.InvalidAlgorithmError, TokenProblem.ALGORITHM),
    (jwt.InvalidSignatureError, TokenProblem.SIGNATURE),
    (InvalidSubjectError, TokenProblem.USER),
)


class TokenVerifier:
    """Tells whose token it is, or refuses it.

    Args:
        secret: Key of the signature.
        audience: Whom a token must be made for.
    """

    __slots__ = ("_audience", "_secret")

    def __init__(self, secret: str, audience: str) -> None:
        self._secret = secret
        self._audience = audience

    def verify(self, token: str | None) -> Identity:
        """Return who presented this token.

        Raises:
            InvalidTokenError: There is none, or any part of it is not as it must be.
        """
        if not token:
            raise InvalidTokenError(TokenProblem.MISSING)
        if len(token) > _LONGEST_TOKEN or not token.isascii():
            raise InvalidTokenError(TokenProblem.MALFORMED)
        try:
            claims = self._claims(token)
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise InvalidTokenError(_problem(error)) from error
        user_id = claims.get("sub")
        if explain(user_id) is not None:
            raise InvalidTokenError(TokenProblem.USER)
        return Identity(str(user_id), float(claims["exp"]))

    def _claims(self, token: str) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(
            token,
            self._secret,
            algorithms=[ALGORITHM],
            audience=self._audience,
            options={"require": list(_REQUIRED)},
        )
        return claims


def _problem(error: Exception) -> TokenProblem:
    for kind, problem in _PROBLEMS:
        if isinstance(error, kind):
            return problem
    return TokenProblem.MALFORMED


def issue_token(
    user_id: str,
    secret: str,
    audience: str,
    lifetime_seconds: float = 3_600.0,
    clock: Callable[[], float] = time.time,
) -> str:
    """Return a token of this user that a `TokenVerifier` of the same secret and audience takes.

    Args:
        user_id: Whom it names.
        secret: Key of the signature.
        audience: Whom it is made for.
        lifetime_seconds: How long it is valid; one that is below 0 is expired already.
        clock: Returns the present, in seconds since the epoch.
    """
    now = clock()
    claims = {"sub": user_id, "aud": audience, "iat": int(now), "exp": int(now + lifetime_seconds)}
    return jwt.encode(claims, secret, algorithm=ALGORITHM)
