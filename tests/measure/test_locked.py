"""Lock files of uv and poetry: the pins of this platform, and what is refused."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from perfproof.errors import UseError
from perfproof.measure.checkout import Checkout
from perfproof.measure.dependencies import needs_of
from perfproof.measure.environments import environments
from tests.measure.wheels import only_index, tiny

UV = """
version = 1

[[package]]
name = "parcel"
version = "1"
source = { editable = "." }
dependencies = [
    { name = "tiny" },
    { name = "of-windows", marker = "sys_platform == 'win32'" },
    { name = "wide", extra = ["more"] },
]

[package.dev-dependencies]
dev = [{ name = "of-dev" }]
docs = [{ name = "of-docs" }]

[[package]]
name = "tiny"
version = "1.0"
source = { registry = "wheels" }
wheels = [{ url = "https://index.example/tiny.whl", hash = "sha256:HASH" }]
"""
OTHERS = "".join(
    f'\n[[package]]\nname = "{name}"\nversion = "2"\nsource = {{ registry = "wheels" }}\n{more}'
    for name, more in (
        ("of-windows", ""),
        ("of-dev", ""),
        ("of-docs", ""),
        ("of-more", ""),
        ("wide", '\n[package.optional-dependencies]\nmore = [{ name = "of-more" }]\n'),
    )
)
POETRY = """
[[package]]
name = "tiny"
version = "1.0"
optional = false
files = [{ file = "tiny.whl", hash = "sha256:HASH" }]

[package.dependencies]
Of_Windows = { version = "*", markers = "sys_platform == 'win32'" }

[[package]]
name = "of-windows"
version = "2"
optional = false
files = []

[[package]]
name = "of-old-python"
version = "2"
optional = false
markers = "python_version < '3.0'"
files = []

[[package]]
name = "of-an-extra"
version = "2"
optional = true
files = []
"""


def side(root: Path, files: dict[str, str]) -> Checkout:
    for name, text in files.items():
        (root / name).write_text(text)
    return Checkout("head", "v2", "0" * 40, root)


def test_a_lock_of_uv_gives_what_the_project_leads_to_on_this_platform(tmp_path: Path) -> None:
    needs = needs_of(side(tmp_path, {"uv.lock": UV + OTHERS}), (), build=False)
    # Not every package has a hash, so none is asked for: pip wants all or none.
    assert needs.pins == ("of-dev==2", "of-more==2", "tiny==1.0", "wide==2")
    assert needs.source == "uv.lock"


def test_a_lock_of_poetry_gives_what_is_not_optional_with_its_hashes(tmp_path: Path) -> None:
    needs = needs_of(side(tmp_path, {"poetry.lock": POETRY}), (), build=False)
    assert (needs.source, needs.pins) == ("poetry.lock", ("tiny==1.0 --hash=sha256:HASH",))


def test_requirement_files_come_before_a_lock_and_other_pins_make_another_digest(
    tmp_path: Path,
) -> None:
    first = needs_of(side(tmp_path, {"poetry.lock": POETRY}), (), build=False)
    other = POETRY.replace('version = "1.0"', 'version = "1.1"')
    assert needs_of(side(tmp_path, {"poetry.lock": other}), (), build=False).digest != first.digest
    found = needs_of(side(tmp_path, {"requirements.txt": "tiny\n"}), (), build=False)
    assert (found.source, found.pins) == ("requirements.txt", ())


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "uv.lock",
            UV.replace('{ registry = "wheels" }', '{ git = "https://x/t" }') + OTHERS,
            "uv.lock: tiny does not come from an index",
        ),
        (
            "poetry.lock",
            POETRY.replace("optional = false", "optional = false\nsource = {type = 'directory'}"),
            "poetry.lock: tiny does not come from an index",
        ),
        ("uv.lock", UV, "uv.lock: cannot be read: KeyError 'wide'"),
        ("uv.lock", "version = 1\n", "uv.lock: cannot be read: KeyError 'package'"),
        ("poetry.lock", "package = 3\n", "poetry.lock: cannot be read: TypeError"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    with pytest.raises(UseError) as refused:
        needs_of(side(tmp_path, {name: text}), (), build=False)
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value)


def test_exactly_the_locked_version_is_installed_and_another_file_of_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = tmp_path / "shelf"
    for version in ("1.0", "2.0"):
        tiny(shelf, version)
    only_index(monkeypatch, shelf, tmp_path / "cache")
    right = hashlib.sha256((shelf / "tiny-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    root = tmp_path / "project"
    root.mkdir()
    checkout = side(root, {"poetry.lock": POETRY.replace("HASH", right)})
    sides = (checkout, checkout)
    with environments(sides, "each", (), lambda _: None) as made:
        python = made.sides["head"].python
        told = subprocess.run(
            [python, "-c", "import tiny; print(tiny.VERSION)"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert told.stdout == "1.0\n"
    checkout = side(root, {"poetry.lock": POETRY.replace("HASH", "0" * 64)})
    with (
        pytest.raises(UseError, match="could not install what the head"),
        environments((checkout, checkout), "each", (), lambda _: None),
    ):
        pass
