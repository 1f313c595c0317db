from http import HTTPStatus

import pytest
from multidict import CIMultiDict

from system_under_test.admission import Admission, Knock, Phase, Refusal, presented_token
from system_under_test.settings import ServerLimits, ServerSettings, ServerTimeouts
from system_under_test.tokens import Identity, InvalidTokenError, TokenProblem

SETTINGS = ServerSettings(
    token_secret="a secret of the tests, long enough for HS256",
    allowed_origins=("https://friend.test",),
    limits=ServerLimits(connections=3, connections_per_user=2),
    timeouts=ServerTimeouts(retry_after_seconds=7.0),
)


class FakeVerifier:
    """Takes every token that is a name."""

    def verify(self, token: str | None, /) -> Identity:
        if token is None:
            raise InvalidTokenError(TokenProblem.MISSING)
        return Identity(token, 1e12)


def admission(phase: Phase = Phase.READY) -> Admission:
    return Admission(SETTINGS, FakeVerifier(), lambda: (phase, "it waits for a test"))


def knock(token: str | None = "user-1", **headers: str) -> Knock:
    target = "/ws" if token is None else f"/ws?token={token}"
    return Knock(target, CIMultiDict({"Host": "here:8000", **headers}))


def refused(admission: Admission, knock: Knock) -> Refusal:
    decision = admission.decide(knock)
    assert isinstance(decision, Refusal)
    assert len(decision.reason) > 10
    return decision


def test_who_has_a_token_comes_in() -> None:
    assert admission().decide(knock()) == Identity("user-1", 1e12)


@pytest.mark.parametrize("phase", [Phase.STARTING, Phase.STOPPING])
def test_until_it_is_ready_nobody_comes_in_and_everybody_hears_when_to_come_back(
    phase: Phase,
) -> None:
    for asked in (knock(), knock(None), knock(Origin="https://foe.test")):
        refusal = refused(admission(phase), asked)
        assert refusal.status is HTTPStatus.SERVICE_UNAVAILABLE
        assert refusal.retry_after_seconds == 7.0


def test_without_a_token_nobody_comes_in_and_only_the_log_hears_why() -> None:
    refusal = refused(admission(), knock(None))
    assert refusal.status is HTTPStatus.UNAUTHORIZED
    assert refusal.retry_after_seconds is None
    assert refusal.noted == TokenProblem.MISSING
    assert "missing or not valid" in refusal.reason


@pytest.mark.parametrize("origin", ["https://friend.test", "http://here:8000", "https://HERE:8000"])
def test_the_own_page_and_friends_may_connect(origin: str) -> None:
    assert isinstance(admission().decide(knock(Origin=origin)), Identity)


@pytest.mark.parametrize(
    "origin",
    ["https://foe.test", "null", "", "http://here:8001", "http://friend.test", "https://here"],
)
def test_a_foreign_page_may_not_connect(origin: str) -> None:
    assert refused(admission(), knock(Origin=origin)).status is HTTPStatus.FORBIDDEN


def test_a_user_has_as_many_connections_as_allowed_and_one_more_when_one_left() -> None:
    door = admission()
    door.enter("user-1")
    door.enter("user-1")
    refusal = refused(door, knock())
    assert refusal.status is HTTPStatus.TOO_MANY_REQUESTS
    assert refusal.retry_after_seconds == 7.0
    assert isinstance(door.decide(knock("user-2")), Identity)
    door.leave("user-1")
    assert isinstance(door.decide(knock()), Identity)


def test_all_users_together_have_a_limit_too() -> None:
    door = admission()
    for user in ("user-1", "user-2", "user-3"):
        door.enter(user)
    assert refused(door, knock("user-4")).status is HTTPStatus.SERVICE_UNAVAILABLE
    assert door.connections == 3


@pytest.mark.parametrize(
    ("target", "headers", "token"),
    [
        ("/ws", {"authorization": "Bearer abc"}, "abc"),
        ("/ws?token=xyz", {"Authorization": "bearer abc"}, "abc"),
        ("/ws?token=xyz", {"Authorization": "Basic abc"}, "xyz"),
        ("/ws?a=1&token=x.y-z_", {}, "x.y-z_"),
        ("/ws?token=one&token=two", {}, None),
        ("/ws?token=", {}, None),
        ("/ws?" + "&".join(f"a{n}=1" for n in range(30)) + "&token=x", {}, None),
        ("/ws", {}, None),
    ],
)
def test_the_token_is_found_where_it_may_stand(
    target: str, headers: dict[str, str], token: str | None
) -> None:
    assert presented_token(Knock(target, CIMultiDict(headers))) == token
