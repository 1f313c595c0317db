"""Make the environment in .venv from requirements.lock; do nothing when it is already right.

Run by `make` with whatever `python3` there is, so it is written for old ones too: it must live
long enough to say that they are too old. Standard library only.
"""

import hashlib
import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
NEWEST = (3, 13)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
STAMP = os.path.join(VENV, "installed")
LOCK = os.path.join(ROOT, "requirements.lock")


def main():
    """Return the exit code: 0 when the environment stands, 2 when something is missing."""
    wanted = fingerprint()
    if current() == wanted and os.path.exists(python_of(VENV)):
        return 0
    missing = what_is_missing()
    if missing:
        return refuse(missing)
    print("making the environment in .venv (once; a minute or two)", flush=True)
    problem = create() or install()
    if problem:
        return refuse(problem)
    with open(STAMP, "w", encoding="ascii") as stamp:
        stamp.write(wanted)
    return 0


def fingerprint():
    """What the environment depends on: the lock, our own metadata, the Python, the place."""
    digest = hashlib.sha256()
    for name in ("requirements.lock", "pyproject.toml"):
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    digest.update(repr((sys.version, sys.executable, ROOT)).encode())
    return digest.hexdigest()


def current():
    """The fingerprint of the environment that stands, if one was finished."""
    try:
        with open(STAMP, encoding="ascii") as stamp:
            return stamp.read()
    except (OSError, ValueError):
        return None


def what_is_missing():
    """A sentence about what this machine lacks, or None."""
    if not OLDEST <= sys.version_info[:2]:
        version = ".".join(map(str, sys.version_info[:3]))
        return (
            "python3 is %s, and perfproof needs %d.%d to %d.%d;"
            " name one with `make PYTHON=python3.12 ...`" % ((version,) + OLDEST + NEWEST)
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError as exc:
        return (
            "this python3 has no module %s; install it (Debian: apt install python3-venv)"
            % exc.name
        )
    if shutil.which("git") is None:
        return "git is not on the path; install it (Debian: apt install git)"
    return None


def create():
    """Make an empty environment in the place of whatever stood there."""
    done = run([sys.executable, "-m", "venv", "--clear", VENV])
    if done.returncode != 0:
        return "python3 -m venv failed: " + last_line(done.stdout)
    return None


def install():
    """Install exactly what the lock names, then this project in place."""
    pip = [python_of(VENV), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for words in (
        [*pip, "--require-hashes", "-r", LOCK],
        [*pip, "--no-deps", "--no-build-isolation", "-e", ROOT],
    ):
        done = run(words)
        if done.returncode != 0:
            return why_pip_failed(done.stdout)
    return None


def why_pip_failed(output):
    """One sentence out of pip's many lines."""
    if "gcc" in output or "compiler" in output.lower():
        return (
            "a package has no ready-made build for this machine and no C compiler was found; "
            "install one (Debian: apt install gcc python3-dev)"
        )
    if "HASHES" in output:
        return "a downloaded package is not the one that requirements.lock names"
    if "Temporary failure in name resolution" in output or "No matching distribution" in output:
        return "a package could not be had; the first `make` needs the network: " + last_line(
            output
        )
    return "pip could not install the requirements: " + last_line(output)


def run(words):
    """Run a command, its output kept."""
    return subprocess.run(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
    )


def python_of(venv):
    """The interpreter of an environment."""
    return os.path.join(venv, "bin", "python")


def last_line(output):
    """The last line that says something."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


def refuse(sentence):
    """Say what is missing; the exit code of bad use."""
    print("perfproof: " + sentence + ".", file=sys.stderr)
    return 2


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print(
            "perfproof: interrupted; the next `make` begins the environment anew.", file=sys.stderr
        )
        sys.exit(130)
