"""Claims that are no times, each tried many times: `python -m benchmarks.probes NAME`."""
