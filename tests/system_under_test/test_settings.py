from typing import Any

import pytest

from system_under_test.settings import (
    InvalidSettingError,
    ServerLimits,
    ServerSettings,
    ServerTimeouts,
    read_settings,
    setting_names,
)

SECRET = "a secret of the tests, long enough for HS256"


def settings(**fields: Any) -> ServerSettings:
    return ServerSettings(**{"token_secret": SECRET, **fields})


def test_what_stands_in_the_environment_is_read_into_the_right_types() -> None:
    environment = {
        "BACKEND_TOKEN_SECRET": SECRET,
        "BACKEND_PORT": "0",
        "BACKEND_ALLOWED_ORIGINS": "https://a.test, http://b.test:81",
        "BACKEND_CONNECTIONS_PER_USER": "3",
        "BACKEND_HEARTBEAT_SECONDS": "1.5",
        "BACKEND_REDIS_URL": "",
        "BACKEND_OTHER": "is not ours",
    }
    assert read_settings(environment, {}) == settings(
        port=0,
        allowed_origins=("https://a.test", "http://b.test:81"),
        limits=ServerLimits(connections_per_user=3),
        timeouts=ServerTimeouts(heartbeat_seconds=1.5),
    )


def test_the_command_line_goes_before_the_environment() -> None:
    environment = {"BACKEND_TOKEN_SECRET": SECRET, "BACKEND_PORT": "1", "BACKEND_NODE": "left"}
    read = read_settings(environment, {"port": "2"})
    assert (read.port, read.node) == (2, "left")


def test_a_secret_must_be_given() -> None:
    with pytest.raises(InvalidSettingError, match="token_secret is not set"):
        read_settings({}, {})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("token_secret", "too short"),
        ("token_audience", ""),
        ("port", 65_536),
        ("database_url", "mysql://here"),
        ("redis_url", "http://here"),
        ("node", "default"),
        ("demo_user", "two words"),
        ("allowed_origins", ("https://a.test/path",)),
        ("allowed_origins", ("a.test",)),
    ],
)
def test_a_setting_that_breaks_its_rule_is_named_with_what_to_do(field: str, value: object) -> None:
    with pytest.raises(InvalidSettingError) as caught:
        settings(**{field: value})
    assert caught.value.field == field
    assert f"BACKEND_{field.upper()}" in str(caught.value)


@pytest.mark.parametrize("name", ServerLimits.__struct_fields__)
def test_a_limit_is_a_number_above_0(name: str) -> None:
    for value in (0, -1, 1.5, True):
        with pytest.raises(InvalidSettingError, match=name):
            ServerLimits(**{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ServerTimeouts.__struct_fields__)
def test_a_time_is_above_0_and_bounded(name: str) -> None:
    for value in (0.0, -1.0, float("nan"), float("inf"), 4_000.0):
        with pytest.raises(InvalidSettingError, match=name):
            ServerTimeouts(**{name: value})


def test_a_text_that_is_no_number_is_refused_with_its_name() -> None:
    with pytest.raises(InvalidSettingError, match="port is 'eighty'"):
        read_settings({"BACKEND_TOKEN_SECRET": SECRET, "BACKEND_PORT": "eighty"}, {})


def test_no_secret_is_shown() -> None:
    url = "postgresql://user:very-secret@host/db"
    shown = repr(settings(database_url=url, redis_url="redis://:very-secret@host"))
    assert "very-secret" not in shown
    assert SECRET not in shown
    with pytest.raises(InvalidSettingError) as caught:
        settings(database_url="mysql://user:very-secret@host/db")
    assert "very-secret" not in str(caught.value)


def test_every_setting_has_one_name() -> None:
    names = setting_names()
    assert len(set(names)) == len(names)
    assert {"port", "connections_per_user", "close_seconds"} <= set(names)
