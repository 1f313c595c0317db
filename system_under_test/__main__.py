"""Start the server: `python -m system_under_test`; `--help` tells its settings.

It prints one JSON line when the port is open, `{"listening": {"host", "port"}, "pid"}`, and another
when it is ready, `{"ready": true}`. SIGTERM or SIGINT lets it end what it promised and exit with 0;
a second one ends it at once, with 1.
"""

import argparse
import asyncio
import gc
import json
import logging
import os
import secrets
import signal
import sys
from collections.abc import Coroutine, Mapping
from typing import Any, Final

from system_under_test.errors import BackendError
from system_under_test.protocol import ReferenceSystem, load_system
from system_under_test.settings import (
    PREFIX,
    ServerSettings,
    read_settings,
    setting_names,
)
from system_under_test.tokens import issue_token

REFERENCE: Final = "system_under_test.reference"
PARTS: Final = (
    "identity",
    "context",
    "tracker",
    "manager",
    "bridge",
    "events",
    "tokens",
    "database",
    "agent",
    "server",
)
_DEMO_USER: Final = "visitor"
_ENDED_AT_ONCE: Final = 1
_BAD_USE: Final = 2


def main(words: list[str]) -> int:
    """Return the exit status: 0 stopped, 1 ended at once, 2 bad use or no port."""
    options = vars(_parser().parse_args(words))
    logging.basicConfig(level=options.pop("log_level"), format="%(levelname)s %(name)s %(message)s")
    system_path, user = options.pop("system"), options.pop("issue_token")
    given = {name: value for name, value in options.items() if value is not None}
    try:
        settings = read_settings(os.environ, _with_secret(given, os.environ))
        if user is not None:
            print(issue_token(user, settings.token_secret, settings.token_audience))
            return 0
        return _run(serve(settings, load_system(system_path, PARTS)))
    except (BackendError, ImportError) as error:
        print(f"system_under_test: {error}", file=sys.stderr)
    except OSError as error:
        print(f"system_under_test: the port cannot be opened: {error}", file=sys.stderr)
    return _BAD_USE


async def serve(settings: ServerSettings, system: ReferenceSystem) -> int:
    """Serve until a signal comes; return the exit status."""
    server = system.create_server(settings, system)
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def signalled() -> None:
        if asked.is_set():
            # At once is at once: nothing is closed, and nothing that closes can hang.
            os._exit(_ENDED_AT_ONCE)
        asked.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, signalled)
    await server.open()
    host, port = server.address
    _say({"listening": {"host": host, "port": port}, "pid": os.getpid()})
    stopping = loop.create_task(asked.wait())
    ready = loop.create_task(server.ready.wait())
    await asyncio.wait((ready, stopping), return_when=asyncio.FIRST_COMPLETED)
    if ready.done():
        # What was made until now lives as long as the process: the collector need not look at it.
        gc.collect()
        gc.freeze()
        _say({"ready": True})
    await stopping
    ready.cancel()
    await server.stop()
    return 0


def _run(work: Coroutine[Any, Any, int]) -> int:
    """Run on uvloop where it is, else on asyncio's own loop."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        return asyncio.run(work)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(work)


def _say(line: Mapping[str, Any]) -> None:
    print(json.dumps(line), flush=True)


def _with_secret(given: Mapping[str, str], environment: Mapping[str, str]) -> Mapping[str, str]:
    """Return the settings with a secret of this run when there is none."""
    if "token_secret" in given or f"{PREFIX}TOKEN_SECRET" in environment:
        return given
    print(
        f"system_under_test: {PREFIX}TOKEN_SECRET is not set, so a secret was drawn that ends with "
        "this process; only the page of --demo has a token for it",
        file=sys.stderr,
    )
    return {**given, "token_secret": secrets.token_urlsafe(48)}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m system_under_test",
        description="Serve the reference agent backend.",
        epilog=f"Every setting can also stand in the environment: {PREFIX}PORT for --port.",
    )
    parser.add_argument("--system", default=REFERENCE, metavar="MODULE", help="makes the parts")
    parser.add_argument("--log-level", default="WARNING", metavar="LEVEL", type=str.upper)
    parser.add_argument("--issue-token", metavar="USER", help="print a token of this user and exit")
    parser.add_argument(
        "--demo",
        dest="demo_user",
        action="store_const",
        const=_DEMO_USER,
        help=f"let the page connect as {_DEMO_USER}; whoever opens the page may use it",
    )
    for name in setting_names():
        if name not in ("token_secret", "demo_user"):
            # A secret on the command line is shown to every user of the machine.
            parser.add_argument(f"--{name.replace('_', '-')}", dest=name, metavar="VALUE")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
