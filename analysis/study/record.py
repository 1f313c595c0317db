"""Record the study: the real command line, over and over, for a stated time.

    python -m analysis.study.record --minutes 60 --into analysis/study/data

Segments of all kinds are interleaved by chance, so that all meet the same hour; of each kind every
other one runs beside the second load. Ctrl-C and kill cost the segment under way; the same call
again goes on until the folder holds so many minutes.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from analysis.study.recipes import FIFTY, OWN, RECIPES, Recipe
from analysis.study.segment import Place, Segment, perfproof, record_segment, segments_in
from analysis.study.truth import measure_truth
from analysis.study.versions import make_repository, own_repository

__all__ = ["chosen", "main", "record"]

ROOT = Path(__file__).resolve().parents[2]
_FAILURES_IN_A_ROW = 3


def record(place: Place, recipes: Sequence[Recipe], minutes: float, draw: random.Random) -> int:
    """Segments until the folder holds so many minutes of these recipes; how many were added.

    Raises:
        RuntimeError: The command failed three times in a row.
    """
    added = failures = 0
    while (recipe := chosen(_recorded(place.into), recipes, minutes, draw)) is not None:
        before = [each for each in _recorded(place.into) if each.recipe == recipe.name]
        loaded = not before[-1].loaded if before else draw.random() < 0.5
        segment = record_segment(place, recipe, loaded=loaded)
        _tell(segment)
        added += 1
        failures = failures + 1 if segment.failed else 0
        if failures == _FAILURES_IN_A_ROW:
            raise RuntimeError(f"failed {failures} times in a row; what it said is in {place.into}")
    return added


def chosen(
    recorded: Sequence[Segment], recipes: Sequence[Recipe], minutes: float, draw: random.Random
) -> Recipe | None:
    """What to record next, by chance as much as is lacking of each; ``None`` when none is."""
    spent: Counter[str] = Counter()
    for each in recorded:
        spent[each.recipe] += round(each.wall_seconds)
    total = sum(each.share for each in recipes)
    lacking = [60 * minutes * each.share / total - spent[each.name] for each in recipes]
    weights = [max(0.0, each) for each in lacking]
    return draw.choices(recipes, weights)[0] if any(weights) else None


def _recorded(into: Path) -> list[Segment]:
    return [segment for _, segment in segments_in(into)]


def _tell(segment: Segment) -> None:
    beside = "beside the load" if segment.loaded else "alone"
    code = "hung" if segment.exit_code is None else f"exit {segment.exit_code}"
    print(f"{segment.recipe:<16} {beside:<15} {segment.wall_seconds:6.1f} s  {code}", flush=True)


def tool_commit() -> str:
    """Commit of this repository, with ``+`` when the tool's files differ from it."""
    git = ["git", "-C", str(ROOT)]
    head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    changed = subprocess.run([*git, "diff", "--quiet", "HEAD", "--", "perfproof"], check=False)
    return head.stdout.strip()[:12] + ("+" if changed.returncode else "")


def main(words: Sequence[str] | None = None) -> int:
    """Record what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m analysis.study.record")
    parser.add_argument("--minutes", type=float, default=60.0, help="that the folder holds at last")
    parser.add_argument("--into", type=Path, required=True, help="folder of the recordings")
    parser.add_argument("--seed", type=int, default=None, help="of the order (default: drawn)")
    parser.add_argument("--only", help="recipes whose name begins so, as in 'grown_2'")
    stage = parser.add_mutually_exclusive_group()
    stage.add_argument("--own-suite", action="store_true", help="this repository's benchmarks")
    stage.add_argument("--fifty", action="store_true", help="the job of fifty tests")
    stage.add_argument("--truth", action="store_true", help="measure the planted growth itself")
    arguments = parser.parse_args(words)
    if not _recipes(arguments):
        parser.error(f"no recipe begins with '{arguments.only}'")
    arguments.into.mkdir(parents=True, exist_ok=True)
    draw = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory(prefix="study-") as scratch:
        folder = Path(scratch) / "project"
        if arguments.truth:
            make_repository(folder)
            measure_truth(folder, arguments.into, arguments.minutes, draw)
            return 0
        try:
            record(_place(folder, arguments), _recipes(arguments), arguments.minutes, draw)
        except KeyboardInterrupt:
            print("interrupted; what was finished is kept", file=sys.stderr)
            return 130
        except RuntimeError as exc:
            print(exc, file=sys.stderr)
            return 4
        finally:
            for torn in arguments.into.glob(".*.partial"):
                shutil.rmtree(torn)
    return 0


def _place(folder: Path, arguments: argparse.Namespace) -> Place:
    if arguments.own_suite:
        own_repository(ROOT, folder)
    else:
        make_repository(folder, suite="fifty" if arguments.fifty else "benchmarks")
    return Place(folder, arguments.into, tool_commit(), perfproof)


def _recipes(arguments: argparse.Namespace) -> Sequence[Recipe]:
    if arguments.own_suite:
        return [OWN]
    if arguments.fifty:
        return [FIFTY]
    return [each for each in RECIPES if each.name.startswith(arguments.only or "")]


if __name__ == "__main__":
    sys.exit(main())
