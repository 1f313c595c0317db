"""One version in one process, for ``truth``: told a workload, it times calls; plain and alone.

    python truth_worker.py FOLDER

A line ``prepare NAME SIZE`` prepares; a line ``CALLS`` answers with the nanoseconds of so many
calls. It ends at the end of its input.
"""

import sys
import time


def main(folder: str) -> None:
    """Serve lines until there are no more."""
    sys.path.insert(0, folder)
    from workloads.catalogue import CATALOGUE  # type: ignore[import-not-found]

    function = None
    for line in sys.stdin:
        words = line.split()
        if words[0] == "prepare":
            function = CATALOGUE[words[1]].sized(words[2])
            print(0, flush=True)
            continue
        assert function is not None
        calls = range(int(words[0]))
        begin = time.perf_counter_ns()
        for _ in calls:
            function()
        print(time.perf_counter_ns() - begin, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
