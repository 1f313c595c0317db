"""A real browser for tests: headless Chromium, led through its DevTools protocol."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from websockets.sync.client import ClientConnection, connect

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
_PATIENCE_SECONDS: Final = 30.0


class Page:
    """One tab.

    Args:
        connection: To the browser.
        session: The tab's name in the protocol.
    """

    def __init__(self, connection: ClientConnection, session: str | None = None) -> None:
        self._connection = connection
        self._session = session
        self._number = 0

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Return the result of one call of the protocol."""
        self._number += 1
        call: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            call["sessionId"] = self._session
        self._connection.send(json.dumps(call))
        while True:
            said = json.loads(self._connection.recv(timeout=_PATIENCE_SECONDS))
            if said.get("id") == self._number and said.get("sessionId") == self._session:
                assert "error" not in said, said
                result: dict[str, Any] = said["result"]
                return result

    def open(self, address: str) -> None:
        """Load an address and wait until the page is complete."""
        said = self.ask("Page.navigate", url=address)
        assert "errorText" not in said, said
        self.wait_for(
            f"location.href.startsWith({json.dumps(address)}) && document.readyState === 'complete'"
        )

    def evaluate(self, expression: str) -> Any:
        """Return what JavaScript gives in the page."""
        said = self.ask(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in said, said
        return said["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Wait until JavaScript gives something true."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while not self.evaluate(expression):
            text = self.evaluate("document.body ? document.body.innerText : ''")
            assert time.monotonic() < end, f"never true: {expression}; the page says: {text}"
            time.sleep(0.02)

    def texts(self, selector: str) -> list[str]:
        """Return the text of every element that matches."""
        query = f"[...document.querySelectorAll({json.dumps(selector)})].map((e) => e.textContent)"
        found: list[str] = self.evaluate(query)
        return found

    def fill(self, selector: str, text: str) -> None:
        """Put text into a field and submit its form."""
        field = f"document.querySelector({json.dumps(selector)})"
        self.evaluate(f"{field}.value = {json.dumps(text)}; {field}.form.requestSubmit()")

    def screenshot(self, path: Path, *, dark: bool = False) -> None:
        """Save what is seen as PNG."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"]))


@contextmanager
def browser() -> Iterator[Page]:
    """Give a tab of a fresh browser, or skip the test where there is none."""
    program = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip(f"no browser: none of {', '.join(_NAMES)} is installed")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(
            [
                program,
                "--headless=new",
                "--no-sandbox",  # as root it starts in no other way
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-first-run",
                "--remote-debugging-port=0",
                f"--user-data-dir={folder}",
                "--window-size=1000,800",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": folder},
            start_new_session=True,
        )
        try:
            with connect(_address(Path(folder), process), max_size=None, compression=None) as door:
                yield _tab(door)
        finally:
            os.killpg(process.pid, 9)
            process.wait()


def _address(folder: Path, process: subprocess.Popen[bytes]) -> str:
    """Return where the browser listens, which it writes into a file of its folder."""
    end = time.monotonic() + _PATIENCE_SECONDS
    active = folder / "DevToolsActivePort"
    while time.monotonic() < end:
        if process.poll() is not None:
            pytest.skip(f"the browser ended with {process.returncode} instead of starting")
        lines = active.read_text().split() if active.exists() else []
        if len(lines) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.05)
    pytest.skip(f"the browser did not listen within {_PATIENCE_SECONDS:g} s")


def _tab(door: ClientConnection) -> Page:
    whole = Page(door)
    target = whole.ask("Target.createTarget", url="about:blank")["targetId"]
    session = whole.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    return Page(door, session)
