"""Whole servers side by side, each in a process of its own: CPU, accepts, memory.

`python -m benchmarks.standing` prints the table.
"""
