"""Where benchmarks stand: pytest paths and pyperf scripts, and what they hold."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from perfproof.configuration.commands import CommandEntry
from perfproof.errors import UseError, WorkerError
from perfproof.measure.channel import Begin, Broken, Finished, Found
from perfproof.measure.worker_process import Surroundings, WorkerProcess
from perfproof.record import Benchmark, Runner

__all__ = ["WHOLE_PROJECT", "Suite", "collect", "find_suites"]

WHOLE_PROJECT = "."
"""Path of a pytest suite that nobody named: the project, as far as it speaks of benchmarks."""

_NOT_SOURCES = frozenset({"__pycache__", "node_modules", "build", "dist", "site-packages"})


@dataclass(frozen=True, slots=True)
class Suite:
    """What one worker walks through: all pytest paths, one pyperf script, or all commands."""

    runner: Runner
    paths: tuple[str, ...]
    commands: tuple[CommandEntry, ...] = ()

    def begin_listing(self) -> Begin:
        """The word that makes a worker name its benchmarks."""
        return Begin(task="list", suite=self.runner, paths=self.paths, commands=self.commands)

    def begin_measuring(self, ids: Sequence[str], *, padding: int = 0) -> Begin:
        """The word that makes a worker stop at ``ids``, in that order where it can."""
        paths = self.paths
        if self.runner == "pytest-benchmark":
            # Only the files that are needed are collected: collection is paid per process.
            paths = tuple(dict.fromkeys(each.split("::", 1)[0] for each in ids))
        return Begin(
            task="measure",
            suite=self.runner,
            paths=paths,
            ids=tuple(ids),
            padding=padding,
            commands=self.commands,
        )


def find_suites(
    root: Path,
    pytest_paths: Sequence[str] | None,
    pyperf_patterns: Sequence[str] | None,
    commands: Sequence[CommandEntry] = (),
) -> tuple[Suite, ...]:
    """The suites of a project.

    Args:
        root: Folder that paths and patterns are relative to.
        pytest_paths: Files and folders; missing ones are refused. ``None`` is the whole project:
            pytest then looks only into files that say "benchmark" at all.
        pyperf_patterns: Globs; of what they match, the files that make a ``pyperf.Runner``.
            ``None`` is the whole project without hidden folders, environments and builds.
        commands: Programs that are measured from their start to their end.

    Raises:
        UseError: A path that does not exist.
    """
    for path in pytest_paths or ():
        if not (root / path).exists():
            raise UseError(
                f"there is no '{path}' in {root}",
                remedy="set `pytest` in [tool.perfproof] to where the benchmarks stand",
            )
    matching = (
        _sources_below(root)
        if pyperf_patterns is None
        else (found for pattern in pyperf_patterns for found in root.glob(pattern))
    )
    scripts = sorted(
        {
            found.relative_to(root).as_posix()
            for found in matching
            if found.suffix == ".py" and found.is_file() and _makes_a_runner(found)
        }
    )
    paths = (WHOLE_PROJECT,) if pytest_paths is None else tuple(pytest_paths)
    suites = [Suite("pytest-benchmark", paths)] if paths else []
    suites += [Suite("pyperf", (script,)) for script in scripts]
    if commands:
        suites.append(Suite("command", ("command",), tuple(commands)))
    return tuple(suites)


def _sources_below(root: Path) -> Iterator[Path]:
    """Python files of a project; not those of environments and builds that lie in it."""
    for place, folders, files in os.walk(root):
        folders[:] = sorted(
            each
            for each in folders
            if not each.startswith(".")
            and each not in _NOT_SOURCES
            and not (Path(place) / each / "pyvenv.cfg").exists()
        )
        yield from (Path(place) / each for each in files if each.endswith(".py"))


def _makes_a_runner(path: Path) -> bool:
    """Whether a file calls ``Runner(...)`` of pyperf at its top or under its main guard."""
    try:
        source = path.read_bytes()
        if b"pyperf" not in source:
            return False
        tree = ast.parse(source)
    except (OSError, SyntaxError, ValueError):
        return False
    imports = any(
        (isinstance(node, ast.Import) and any(name.name == "pyperf" for name in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module == "pyperf")
        for node in ast.walk(tree)
    )
    return imports and any(
        isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Attribute) and node.func.attr == "Runner")
            or (isinstance(node.func, ast.Name) and node.func.id == "Runner")
        )
        for node in ast.walk(tree)
    )


def collect(
    suites: Sequence[Suite],
    surroundings: Surroundings,
    *,
    timeout_seconds: float,
    complain: Callable[[UseError], None] | None = None,
) -> dict[Suite, tuple[Benchmark, ...]]:
    """Ask every suite for its benchmarks, each in a process of its own.

    Args:
        suites: Whom to ask.
        surroundings: Where they run.
        timeout_seconds: How long each may be silent.
        complain: Told of a suite that cannot be run, or not wholly, instead of ending there.

    Raises:
        UseError: A suite that cannot be imported or walked through, that ends its worker, or no
            benchmark at all.
        WorkerError: A worker that could not be started, or said nothing for too long.
    """
    complaints: list[UseError] = []
    found = {
        suite: _ask(suite, surroundings, complaints, timeout_seconds=timeout_seconds)
        for suite in suites
    }
    if complaints and (complain is None or not any(found.values())):
        raise complaints[0]
    for complaint in complaints:
        assert complain is not None
        complain(complaint)
    if not any(found.values()):
        places = ", ".join(path for suite in suites for path in suite.paths) or "no place"
        raise UseError(
            f"no benchmark was found (looked in {places})",
            remedy="name tests that use the `benchmark` fixture, or pyperf scripts, in"
            " [tool.perfproof]",
        )
    return found


def _ask(
    suite: Suite,
    surroundings: Surroundings,
    complaints: list[UseError],
    *,
    timeout_seconds: float,
) -> tuple[Benchmark, ...]:
    where = " ".join(suite.paths)
    benchmarks: list[Benchmark] = []
    with WorkerProcess(surroundings, suite.begin_listing(), hash_seed=0) as worker:
        while True:
            try:
                answer = worker.hear(timeout_seconds)
            except TimeoutError as exc:
                raise WorkerError(
                    f"gave no list of benchmarks within {timeout_seconds:g} s", where=where
                ) from exc
            except WorkerError as exc:
                # What stands in a suite runs while it is imported, and may end any process.
                reason = f"the suite cannot be run: {exc.what}"
                complaints.append(UseError(reason, where=where))
                return ()
            if isinstance(answer, Found):
                benchmarks.append(answer.benchmark)
            elif isinstance(answer, Broken):
                reason = f"the suite cannot be run: {answer.reason}"
                complaints.append(UseError(reason, where=where))
            elif isinstance(answer, Finished):
                return tuple(benchmarks)
            else:
                raise WorkerError(f"unexpected {type(answer).__name__} while listing", where=where)
