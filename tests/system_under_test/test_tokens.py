import time
from typing import Any

import jwt
import pytest

from system_under_test.tokens import (
    ALGORITHM,
    Identity,
    InvalidTokenError,
    TokenProblem,
    TokenVerifier,
    issue_token,
)

SECRET = "a secret of the tests, long enough for HS256"
OTHER_SECRET = "another secret of the tests, as long as it"
VERIFIER = TokenVerifier(SECRET, "backend")
FAR = 4_000_000_000


def made(secret: str = SECRET, algorithm: str = ALGORITHM, **claims: Any) -> str:
    """Return a token; a claim of None is left out."""
    whole = {"sub": "user-1", "aud": "backend", "exp": FAR, **claims}
    told = {name: value for name, value in whole.items() if value is not None}
    return jwt.encode(told, secret, algorithm=algorithm)


BAD = [
    pytest.param(None, TokenProblem.MISSING, id="none"),
    pytest.param("", TokenProblem.MISSING, id="empty"),
    pytest.param("three.dotted.words", TokenProblem.MALFORMED, id="words"),
    pytest.param("\udcff", TokenProblem.MALFORMED, id="no-ascii"),
    pytest.param("a" * 5_000, TokenProblem.MALFORMED, id="long"),
    pytest.param(made(secret="", algorithm="none"), TokenProblem.ALGORITHM, id="alg-none"),
    pytest.param(made(secret=SECRET * 2, algorithm="HS512"), TokenProblem.ALGORITHM, id="hs512"),
    pytest.param(made(secret=OTHER_SECRET), TokenProblem.SIGNATURE, id="secret"),
    pytest.param(made(exp=1), TokenProblem.EXPIRED, id="expired"),
    pytest.param(made(exp=None), TokenProblem.CLAIM, id="endless"),
    pytest.param(made(nbf=FAR), TokenProblem.NOT_YET_VALID, id="not-yet"),
    pytest.param(made(aud="others"), TokenProblem.AUDIENCE, id="audience"),
    pytest.param(made(aud=None), TokenProblem.CLAIM, id="no-audience"),
    pytest.param(made(sub=None), TokenProblem.CLAIM, id="nobody"),
    pytest.param(made(sub="default"), TokenProblem.USER, id="placeholder"),
    pytest.param(made(sub="two words"), TokenProblem.USER, id="no-id"),
]


@pytest.mark.parametrize(("token", "problem"), BAD)
def test_a_token_that_is_wrong_in_one_way_is_refused_for_it(
    token: str | None, problem: TokenProblem
) -> None:
    with pytest.raises(InvalidTokenError) as caught:
        VERIFIER.verify(token)
    assert caught.value.problem is problem


def test_whoever_presents_a_bad_token_hears_one_sentence_whatever_is_wrong() -> None:
    sentences = set()
    for case in BAD:
        with pytest.raises(InvalidTokenError) as caught:
            VERIFIER.verify(case.values[0])  # type: ignore[arg-type]
        sentences.add(str(caught.value))
    assert sentences == {"the token is missing or not valid; ask for a new one"}


def test_a_token_that_was_issued_tells_its_user_and_its_end() -> None:
    now = float(int(time.time()))
    token = issue_token("user-1", SECRET, "backend", 600.0, clock=lambda: now)
    assert VERIFIER.verify(token) == Identity("user-1", now + 600.0)


def test_an_issued_token_is_void_once_its_lifetime_is_over() -> None:
    with pytest.raises(InvalidTokenError) as caught:
        VERIFIER.verify(issue_token("user-1", SECRET, "backend", -1.0))
    assert caught.value.problem is TokenProblem.EXPIRED


def test_changing_one_character_of_the_user_breaks_the_signature() -> None:
    head, _, signature = made().split(".")
    claims = made(sub="user-2").split(".")[1]
    with pytest.raises(InvalidTokenError) as caught:
        VERIFIER.verify(f"{head}.{claims}.{signature}")
    assert caught.value.problem is TokenProblem.SIGNATURE
