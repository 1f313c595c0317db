"""What came out of a fault run: a table for people, one line of JSON for programs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from benchmarks.faults.node import Node
from benchmarks.faults.world import World

_MIB: Final = 1024 * 1024
# Each must have been put to the test, or the run proves nothing.
ESSENTIAL: Final = (
    "wrong user",
    "acknowledged and lost",
    "answered and lost",
    "message without end",
    "events of an answer",
    "memory bounded",
    "queues bounded",
    "events accounted for",
    "works afterwards",
    "connections let go",
)


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome.

    Attributes:
        seed: What chance was drawn from.
        seconds: How long things were broken.
        site: Number of nodes, kind of database, what joins the nodes.
        world: What was seen.
        nodes: The servers.
        missed: Kinds of fault that were asked for and never came about.
    """

    seed: int
    seconds: float
    site: str
    world: World
    nodes: Sequence[Node]
    missed: Sequence[str]

    @property
    def problems(self) -> list[str]:
        """What speaks against the server, or against the run; empty when all is well."""
        promises = self.world.ledger.tally.promises
        broken = [
            f"{name}: {kept.failures} of {kept.trials}, e.g. {kept.example}"
            for name, kept in promises.items()
            if kept.failures
        ]
        untested = [
            f"{name}: was never put to the test"
            for name in ESSENTIAL
            if name not in promises or not promises[name].trials
        ]
        missed = [f"{name}: never came about; let it run longer" for name in self.missed]
        answered = self.world.ledger.counts()["answered"]
        silent = [] if answered else ["nobody got an answer"]
        return [*broken, *untested, *missed, *silent]

    def lines(self) -> Iterator[str]:
        """Return the table, line by line."""
        yield f"seed {self.seed}, {self.seconds:.0f} s, {self.site}"
        yield ""
        yield "| promise | put to the test | broken |"
        yield "| --- | ---: | ---: |"
        for name, kept in self.world.ledger.tally.promises.items():
            yield f"| {name} | {kept.trials:,} | {kept.failures:,} |"
        for title, counts in self._counts():
            yield ""
            yield f"| {title} | times |"
            yield "| --- | ---: |"
            yield from (f"| {name} | {number:,} |" for name, number in counts.items())
        yield ""
        for node in self.nodes:
            yield f"{node.name} grew by at most {node.most_growth_bytes / _MIB:.1f} MiB"

    def json(self) -> str:
        """Return figures and counts as one line, in the form of the other measurements."""
        counts = {
            name: {"trials": kept.trials, "failures": kept.failures, "example": kept.example}
            for name, kept in self.world.ledger.tally.promises.items()
        }
        growth = [float(node.most_growth_bytes) for node in self.nodes]
        figures = {"memory_growth": {"unit": "byte", "values": growth}}
        said = {
            "seed": self.seed,
            "seconds": self.seconds,
            "figures": figures,
            "counts": counts,
            "messages": self.world.ledger.counts(),
            "done": dict(self.world.done),
            "seen": dict(self.world.seen),
            "most": dict(self.world.most),
            "events": self.world.events,
            "problems": self.problems,
        }
        return msgspec.json.encode(said).decode()

    def _counts(self) -> Iterator[tuple[str, Mapping[str, int]]]:
        yield "messages", self.world.ledger.counts()
        yield "what was done", dict(sorted(self.world.done.items()))
        yield "what was seen", dict(sorted(self.world.seen.items()))
        for name, events in sorted(self.world.events.items()):
            kept = {key: events[key] for key in ("taken", "written", "waiting")}
            gone = {f"dropped: {reason}": copies for reason, copies in events["dropped"].items()}
            yield f"events of {name} since its last start", {**kept, **gone}
        yield "most at once in one server", dict(sorted(self.world.most.items()))
