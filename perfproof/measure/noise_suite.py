"""What `doctor` measures: the yardstick itself, as a pyperf script like any user's."""

import pyperf

from perfproof.measure.yardstick import yardstick_ns

if __name__ == "__main__":
    runner = pyperf.Runner()
    runner.bench_func("yardstick", yardstick_ns)
