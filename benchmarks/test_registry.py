"""Importing through the registry in a process that has imported everything before.

That is what each further use of an entry costs: the look-up, the import system's own cache and the
attribute. The first import, from an interpreter that knows nothing, is timed in `perf_import.py`.
"""

import warnings

import pytest

from benchmarks.published import published
from benchmarks.stopwatch import Stopwatch
from system_under_test.protocol import ReferenceSystem

pytestmark = pytest.mark.benchmark(group="registry")


@pytest.mark.parametrize("module", published().modules())
def test_resolve_names_of(benchmark: Stopwatch, system: ReferenceSystem, module: str) -> None:
    """Every public name that lives in this module, by its name."""
    names = published().names_of(module)

    def resolve_all() -> int:
        return len([system.resolve(name) for name in names])

    assert benchmark(resolve_all) == len(names)


def test_resolve_deprecated(benchmark: Stopwatch, system: ReferenceSystem) -> None:
    """Every deprecated path, its warning given and ignored."""
    paths = tuple(published().deprecated)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        assert benchmark(lambda: len([system.resolve(path) for path in paths])) == len(paths)
