"""Peak memory in a real duel: what keeps 30 MB is larger, what comes after it is not blamed."""

from __future__ import annotations

from pathlib import Path

from tests.cli.running import perfproof
from tests.measure.repositories import commit, new_repository, write

FILES = {
    "pyproject.toml": '[project]\nname = "parcel"\nversion = "1"\n\n[tool.perfproof]\n'
    'pytest = []\nblock = "0.3 ms"\nwarmup = "1 ms"\n',
    "parcel.py": "KEPT = []\n\ndef weigh(parcels):\n    return sum(parcels)\n",
    "benchmarks/perf_parcel.py": """\
import pyperf
from parcel import weigh

if __name__ == "__main__":
    runner = pyperf.Runner()
    runner.bench_func("keeper", weigh, [1, 2, 3])
    runner.bench_func("bystander", sorted, [3, 1, 2])
""",
}
KEEPS = """\
KEPT = []

def weigh(parcels):
    if not KEPT:
        KEPT.append(b"x" * (30 << 20))
    return sum(parcels)
"""
WORDS = ("--margin", "50 %", "--quiet", "--pairs", "4")
KEEPER, BYSTANDER = (f"benchmarks/perf_parcel.py::{name}" for name in ("keeper", "bystander"))


def verdicts(output: str) -> list[str]:
    """The lines that depend on verdicts, without notes that only the versions can give."""
    return [each for each in output.splitlines() if not each.startswith("what stands on one")]


def test_what_keeps_30_mb_is_larger_and_fails_the_job_and_its_file_says_the_same(
    tmp_path: Path,
) -> None:
    root = new_repository(tmp_path / "parcel", FILES)
    write(root, {"parcel.py": KEEPS})
    done = perfproof(root, "compare", *WORDS)
    assert done.returncode == 1, done.stdout + done.stderr
    (line,) = [each for each in done.stdout.splitlines() if "larger" in each.split()[-1:]]
    assert line.startswith("keeper")
    # In each of its processes it stood behind the keeper; alone it is as large as ever.
    assert f"{BYSTANDER}: peak memory larger at first, not so in fresh pairs" in done.stdout
    assert "peak memory: 1 larger, 1 undecided (of the whole process, margin 5 %" in done.stdout
    (path,) = (root / ".perfproof/duelled").glob("*.jsonl")
    again = perfproof(root, "compare", str(path))
    assert again.returncode == 1, again.stderr
    assert verdicts(again.stdout) == verdicts(done.stdout)
    refused = perfproof(root, "compare", str(path), "--margin", "1 %")
    assert refused.returncode == 2
    assert "told as it was asked" in refused.stderr


def test_identical_code_is_the_same_in_memory_too(tmp_path: Path) -> None:
    root = new_repository(tmp_path / "parcel", FILES)
    write(root, {"parcel.py": FILES["parcel.py"] + "\n# A remark.\n"})
    commit(root)
    done = perfproof(root, "compare", "v1", "HEAD", *WORDS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "peak memory: 0 larger, 2 same" in done.stdout
