import builtins
import subprocess
import sys
import warnings
from importlib import import_module
from pathlib import Path

import pytest

import system_under_test
from system_under_test import UnknownPathError
from system_under_test.registry import CANONICAL, DEPRECATED, SHADOWS, forwarder, resolve

ROOT = Path(system_under_test.__file__).parents[1]


def run_fresh(program: str) -> str:
    """Return what a program prints in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_canonical_path_resolves_in_a_fresh_process_without_a_warning() -> None:
    program = """
from importlib import import_module
from system_under_test.registry import CANONICAL
for name, path in CANONICAL.items():
    module, _, attribute = path.partition(":")
    assert attribute == name, path
    getattr(import_module(module), attribute)
    print(name)
"""
    assert run_fresh(program).split() == list(CANONICAL)


DEPRECATED_PROGRAM = """
import sys, warnings
from importlib import import_module
from system_under_test.registry import CANONICAL, DEPRECATED
for path, public in DEPRECATED.items():
    module, _, name = path.partition(":")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        space = {}
        exec(f"from {module} import {name}", space)
    kinds = [(warning.category.__name__, warning.filename) for warning in caught]
    home, _, real = CANONICAL[public].partition(":")
    forwards = space[name] is getattr(import_module(home), real)
    print(path, forwards and kinds == [("DeprecationWarning", "<string>")])
"""


def test_every_deprecated_path_forwards_in_a_fresh_process_with_one_warning_at_its_user() -> None:
    told = [line.split() for line in run_fresh(DEPRECATED_PROGRAM).splitlines()]
    assert told == [[path, "True"] for path in DEPRECATED]


def test_a_deprecated_path_that_forwards_silently_would_be_caught() -> None:
    silence = "import warnings; warnings.warn = lambda *args, **more: None\n"
    told = [line.split() for line in run_fresh(silence + DEPRECATED_PROGRAM).splitlines()]
    assert told == [[path, "False"] for path in DEPRECATED]


def test_importing_the_package_imports_next_to_nothing() -> None:
    program = """
import sys
before = set(sys.modules)
import system_under_test
print(*sorted(set(sys.modules) - before))
"""
    assert run_fresh(program).split() == ["system_under_test", "system_under_test.registry"]


def test_no_part_imports_what_is_heavy() -> None:
    program = """
import sys
import system_under_test.reference
print(*({"asyncio", "dataclasses", "json", "subprocess", "socket"} & set(sys.modules)))
"""
    assert run_fresh(program).split() == []


def test_the_package_exports_what_the_registry_holds() -> None:
    # A star import must not put our errors in the place of built-ins.
    assert sorted(system_under_test.__all__) == sorted(set(CANONICAL) - SHADOWS)
    assert set(CANONICAL) & set(dir(builtins)) == SHADOWS
    assert set(CANONICAL) <= set(dir(system_under_test))
    for name in CANONICAL:
        assert getattr(system_under_test, name) is resolve(name)
    with pytest.raises(AttributeError):
        _ = system_under_test.Nonsense  # type: ignore[attr-defined]


def test_deprecated_paths_lead_to_public_names_and_exist_as_modules() -> None:
    assert set(DEPRECATED.values()) <= set(CANONICAL)
    folders = {"core", "services", "websocket_core"}
    files = {
        f"system_under_test.{folder}.{file.stem}"
        for folder in folders
        for file in (ROOT / "system_under_test" / folder).glob("[a-z]*.py")
    }
    assert {path.partition(":")[0] for path in DEPRECATED} == files


def test_an_entry_is_resolved_by_name_or_path() -> None:
    path = "system_under_test.tracker:AgentExecutionTracker"
    assert resolve("AgentExecutionTracker") is resolve(path)
    with pytest.warns(DeprecationWarning, match=r"import AgentExecutionTracker from system_under"):
        old = resolve("system_under_test.core.execution_tracker:ExecutionTracker")
    assert old is resolve(path)


@pytest.mark.parametrize("path", ["", "os:system", "system_under_test.tracker:heapq", "Nonsense"])
def test_what_the_registry_does_not_hold_is_not_imported(path: str) -> None:
    with pytest.raises(UnknownPathError):
        resolve(path)


def test_a_deprecated_module_has_no_other_names() -> None:
    with pytest.raises(AttributeError, match="has no attribute"):
        _ = import_module("system_under_test.websocket_core.manager").Nonsense


def test_each_use_of_a_deprecated_name_warns() -> None:
    forward = forwarder("system_under_test.core.execution_tracker")
    for _ in range(2):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            forward("ExecutionState")
        assert len(caught) == 1
