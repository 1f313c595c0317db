from itertools import product

import pytest

from system_under_test import (
    INTEGRATION_MOVES,
    IllegalIntegrationError,
    IntegrationCause,
    IntegrationState,
)
from system_under_test.integration import DeliveryWindow, integration_after

ACTIVE, DEGRADED = IntegrationState.ACTIVE, IntegrationState.DEGRADED


def test_every_state_can_be_reached_and_left() -> None:
    reached = {IntegrationState.UNINITIALIZED}
    for _ in IntegrationState:
        reached |= {after for state in reached for after in INTEGRATION_MOVES[state].values()}
    assert reached == set(IntegrationState) == set(INTEGRATION_MOVES)
    for state, moves in INTEGRATION_MOVES.items():
        assert set(moves.values()) - {state}


def test_a_cause_moves_as_the_table_says_or_is_refused() -> None:
    for state, cause in product(IntegrationState, IntegrationCause):
        if cause in INTEGRATION_MOVES[state]:
            assert integration_after(state, cause) is INTEGRATION_MOVES[state][cause]
        else:
            with pytest.raises(IllegalIntegrationError):
                integration_after(state, cause)


def window_of(good: int, troubled: int) -> DeliveryWindow:
    window = DeliveryWindow()
    for number in range(good + troubled):
        window.observe(troubled=number < troubled)
    return window


def test_without_deliveries_the_share_is_not_known() -> None:
    assert window_of(0, 0).troubled_ratio is None
    assert window_of(0, 0).verdict(ACTIVE) is None


@pytest.mark.parametrize(
    ("good", "troubled", "state", "cause"),
    [
        (0, 9, ACTIVE, None),  # too few to say
        (9, 1, ACTIVE, IntegrationCause.LOSSES),
        (91, 9, ACTIVE, None),
        (91, 9, DEGRADED, None),  # between the thresholds nothing changes
        (95, 5, DEGRADED, None),
        (96, 4, DEGRADED, IntegrationCause.RECOVERED),
        (0, 50, IntegrationState.FAILED, None),
    ],
)
def test_the_window_judges_by_share(
    good: int, troubled: int, state: IntegrationState, cause: IntegrationCause | None
) -> None:
    assert window_of(good, troubled).verdict(state) is cause


def test_the_window_forgets_what_is_old() -> None:
    window = window_of(0, 100)
    for number in range(100):
        assert window.troubled_ratio == (100 - number) / 100
        window.observe(troubled=False)
    assert (window.observed, window.troubled_ratio) == (100, 0.0)
