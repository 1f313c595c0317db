"""A user wanders between nodes by chance while messages are sent from all of them."""

from __future__ import annotations

from random import Random

import pytest

from tests.system_under_test.fakes import FakeDoor, numbers
from tests.system_under_test.relay_hub import FakeHub, balanced, come, say


class Walk:
    """One user who wanders between nodes while numbered messages are sent from all of them."""

    def __init__(self, seed: int, *, calm: bool) -> None:
        self.chance = Random(seed)
        self.calm = calm
        self.hub = FakeHub()
        self.nodes = [self.hub.node(queued_events=1000) for _ in range(3)]
        self.seen: list[int] = []
        self.place: tuple[int, FakeDoor] | None = None
        self.sent = [0, 0, 0]

    def run(self) -> None:
        for _ in range(60):
            self.hub.clock.now += 0.0001
            getattr(self, self.chance.choice(("move", "send", "send", "deliver", "deliver")))()
        self.hub.settle()
        self.leave()
        self.hub.settle()
        self.arrive(0)
        self.hub.settle()
        self.leave()

    def move(self) -> None:
        if self.calm:  # the last move is known everywhere; what is sent around this one is not
            self.hub.settle()
        self.leave()
        for _ in range(self.chance.randint(0, 3)):
            self.send()
            self.hub.step()
        if self.chance.random() < 0.8:
            self.arrive(self.chance.randrange(3))

    def leave(self) -> None:
        if self.place is not None:
            number, door = self.place
            self.nodes[number].disconnect(door)
            self.seen += numbers(door)
            self.place = None

    def arrive(self, number: int) -> None:
        self.place = number, come(self.nodes[number])

    def send(self) -> None:
        number = self.chance.randrange(3)
        self.sent[number] += 1
        say(self.nodes[number], 1000 * number + self.sent[number])

    def deliver(self) -> None:
        for _ in range(self.chance.randint(1, 6)):
            self.hub.step()


SEEDS = [range(start, start + 50) for start in range(0, 300, 50)]


@pytest.mark.parametrize("seeds", SEEDS)
def test_a_user_who_moves_now_and_then_gets_everything_once_and_in_order(seeds: range) -> None:
    for seed in seeds:
        walk = Walk(seed, calm=True)
        walk.run()
        for node in range(3):
            seen = [number % 1000 for number in walk.seen if number // 1000 == node]
            assert seen == list(range(1, walk.sent[node] + 1)), f"seed {seed}, node {node}"
        assert balanced(walk.hub), f"seed {seed}"


@pytest.mark.parametrize("seeds", SEEDS)
def test_a_user_who_moves_faster_than_the_news_of_it_misses_nothing(seeds: range) -> None:
    for seed in seeds:
        walk = Walk(seed, calm=False)
        walk.run()
        expected = {1000 * node + n for node in range(3) for n in range(1, walk.sent[node] + 1)}
        assert set(walk.seen) == expected, f"seed {seed}"
        assert balanced(walk.hub), f"seed {seed}"
