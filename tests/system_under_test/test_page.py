from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from benchmarks.servers.backend import Backend, BackendFailedError, BackendOptions
from system_under_test.events import CRITICAL_EVENTS
from system_under_test.page import page_bytes
from tests.chromium import Page, browser

DEMO = {"BACKEND_DEMO_USER": "visitor"}


@pytest.fixture(scope="module")
def server() -> Iterator[Backend]:
    with Backend(BackendOptions(variables=DEMO)) as backend:
        yield backend


@pytest.fixture(scope="module")
def tab() -> Iterator[Page]:
    with browser() as page:
        yield page


def ask(tab: Page, text: str) -> None:
    tab.wait_for("document.body.dataset.state === 'connected'")
    tab.fill("#text", text)
    tab.wait_for("document.querySelector('article:first-child .answer').textContent")


def test_the_page_names_no_address_but_its_own() -> None:
    page = page_bytes().decode()
    assert re.findall(r"\b(?:https?:)?//[\w.]+", page) == []
    assert re.findall(r"\b(?:src|href|action)=\"(?!data:)", page) == []


def test_a_token_cannot_break_out_of_the_page() -> None:
    page = page_bytes('"><script>alert(1)</script>')
    assert b"<script>alert" not in page
    assert b"&quot;&gt;&lt;script&gt;" in page


def test_without_a_demo_token_the_page_holds_none() -> None:
    assert b'name="demo-token" content=""' in page_bytes()


def test_a_person_sees_three_steps_of_five_events_and_the_answer(
    server: Backend, tab: Page
) -> None:
    tab.open(f"http://{server.address}/")
    ask(tab, "Which costs grew most?")
    events = [event.value for event in CRITICAL_EVENTS]
    assert tab.texts("article .step h2") == ["data", "optimisation", "report"]
    assert tab.texts("article li[data-seen] span") == 3 * events
    assert tab.texts("article li[data-seen] i") == 3 * ["1", "2", "3", "4", "5"]
    assert tab.texts("#events, #gaps, #answers") == ["15", "0", "1"]
    assert "ms" in tab.texts("#first")[0]
    assert tab.texts("#who") == ["visitor at node-1"]
    assert tab.texts("#trouble") == [""]


def test_markup_in_a_message_stays_text(server: Backend, tab: Page) -> None:
    tab.open(f"http://{server.address}/")
    text = "<img src=x onerror=document.title='broken'>"
    ask(tab, text)
    assert text in tab.texts("article .said")[0]
    assert tab.evaluate("document.querySelectorAll('article img').length") == 0
    assert tab.evaluate("document.title") != "broken"


def test_a_refused_token_shows_the_reason(server: Backend, tab: Page) -> None:
    tab.open(f"http://{server.address}/")
    tab.wait_for("document.body.dataset.state === 'connected'")
    tab.evaluate("document.getElementById('entry').requestSubmit()")
    tab.wait_for("document.body.dataset.state === 'closed'")
    tab.fill("#token", "no-such-token")
    tab.wait_for("document.getElementById('trouble').textContent")
    assert tab.evaluate("document.body.dataset.state") == "refused"
    assert tab.texts("#trouble")[0].startswith("Refused (401): the token is missing or not valid")


def test_a_skipped_number_is_counted_as_a_gap(server: Backend, tab: Page) -> None:
    tab.open(f"http://{server.address}/")
    said = {"type": "agent_started", "run_id": "r", "thread_id": "t", "sequence": 1}
    for sequence in (1, 4):
        tab.evaluate(f"receive({{...{said}, sequence: {sequence}}})")
    assert tab.texts("#events, #gaps") == ["2", "2"]


def test_a_server_that_goes_away_is_told(tab: Page) -> None:
    with Backend(BackendOptions(variables=DEMO)) as backend:
        tab.open(f"http://{backend.address}/")
        tab.wait_for("document.body.dataset.state === 'connected'")
        try:
            backend.stop()
        except BackendFailedError as error:  # pragma: no cover - its own test's matter
            pytest.fail(str(error))
        tab.wait_for("document.body.dataset.state === 'closed'")
        assert tab.texts("#trouble")[0].startswith("Closed with 1001")
