"""Ids and contexts are made as the first version made them.

Check `improvement` must see it: nothing was gained there.
"""

from benchmarks.peers import first_version
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing

unique_id = first_version.unique_id
create_context = first_version.create_context  # type: ignore[assignment]
