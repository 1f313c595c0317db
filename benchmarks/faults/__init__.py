"""Everything that goes wrong in a year, in ten minutes, against the real server.

`python -m benchmarks.faults --minutes 10`.
"""
