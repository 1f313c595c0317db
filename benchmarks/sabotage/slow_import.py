"""The system takes half a second more to import.

Check `cold-start` must see it.
"""

from benchmarks.sabotage.busy import wait
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing

wait(0.5)
