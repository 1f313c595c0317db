"""A noisy machine with planted truth: what process pairs look like, drawn by chance.

Modelled on the field's figures (a fast mode at 0.55 of the usual time that comes and goes for 10 ms
to seconds, adjacent blocks' ratios scattering by 3 to 7 %, pairs by 0.6 to 0.9 %) and on 720 pairs
recorded with base on both sides, six workloads on two shared cores with other work going on:
ratios 3.0 to 4.2 % by median (1.5 to 10 between pairs), pairs by 0.9 to 1.5 % and one workload by
2.7 %, single ones off by 5 to 60 %, both halves of a pair correlating by 0.3 to 0.9.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perfproof.judge.biweight import FloatArray, biweight
from perfproof.judge.duel import Pair, Side

QUADS = 20
FAST_MODE = 0.55
BLOCK_NS = 3_000_000

_ORDERS = ("ABBA", "BAAB")


@dataclass(frozen=True, kw_only=True)
class Noise:
    """How a benchmark scatters, as standard deviations on the log scale.

    ``offset`` is of whole pairs, Student with ``offset_df``; a share ``odd`` of them is off by
    ``odd_by`` as well. ``block`` is typical of a block's own noise, Student with 3 df; pairs
    differ in it by a factor of about 1.6.
    """

    offset: float
    offset_df: float = 8.0
    odd: float = 0.01
    odd_by: float = 0.05
    block: float = 0.02
    spikes: float = 0.01


CALM = Noise(offset=0.0045)
"""The field's table: pairs scatter by 0.8 %."""

USUAL = Noise(offset=0.0090, odd=0.02)
"""As recorded: pairs scatter by 1.1 to 1.3 %."""

ALLOCATING = Noise(offset=0.0105, offset_df=4.0, odd=0.03, block=0.028, spikes=0.03)
"""Allocation-heavy work: more of everything, heavier tails."""


def ratio_rows(
    rng: np.random.Generator, noise: Noise, pairs: int, *, slower: float = 0.0, quads: int = QUADS
) -> FloatArray:
    """Log ratios of adjacent blocks, shape (pairs, 2 * quads), about a planted log ratio."""
    times = _log_times(rng, noise, pairs, 4 * quads).reshape(pairs, 2 * quads, 2)
    # Which of two neighbours is head: the second in AB, the first in BA.
    head_first = rng.random((pairs, quads)) < 0.5
    flipped = np.stack([head_first, ~head_first], axis=2).reshape(pairs, 2 * quads)
    ratios = np.where(flipped, times[:, :, 0] - times[:, :, 1], times[:, :, 1] - times[:, :, 0])
    rows: FloatArray = ratios + (slower + offsets(rng, noise, pairs))[:, None]
    return rows


def offsets(rng: np.random.Generator, noise: Noise, pairs: int) -> FloatArray:
    """What layout, seeds and luck give whole pairs; symmetrical, as both sides draw alike."""
    scale = noise.offset * np.sqrt((noise.offset_df - 2) / noise.offset_df)
    drawn = scale * rng.standard_t(noise.offset_df, pairs)
    odd = rng.random(pairs) < noise.odd
    values: FloatArray = drawn + np.where(odd, noise.odd_by * rng.normal(size=pairs), 0.0)
    return values


def locations(
    rng: np.random.Generator, noise: Noise, pairs: int, *, slower: float = 0.0, quads: int = QUADS
) -> FloatArray:
    """Locations of pairs, shape (pairs,), all the way from blocks."""
    return biweight(ratio_rows(rng, noise, pairs, slower=slower, quads=quads))


def pair(
    rng: np.random.Generator, noise: Noise, *, slower: float = 0.0, quads: int = QUADS
) -> Pair:
    """One pair as the measuring side hands it over."""
    times = BLOCK_NS * np.exp(_log_times(rng, noise, 1, 4 * quads)[0])
    head_offset = slower + float(offsets(rng, noise, 1)[0])
    sides: dict[str, list[tuple[int, int]]] = {"A": [], "B": []}
    for quad in range(quads):
        for slot, side in enumerate(_ORDERS[int(rng.integers(2))]):
            factor = np.exp(head_offset) if side == "B" else 1.0
            sides[side].append((round(float(times[4 * quad + slot] * factor)), slot))
    base, head = (
        Side(block_ns=tuple(ns for ns, _ in kept), slots=tuple(slot for _, slot in kept))
        for kept in (sides["A"], sides["B"])
    )
    return Pair(base=base, head=head)


def _log_times(rng: np.random.Generator, noise: Noise, pairs: int, blocks: int) -> FloatArray:
    """Log time of each block beside the usual: mode, own noise, spikes; shape (pairs, blocks)."""
    # Blocks that a mode lasts: from three (10 ms) to a thousand (seconds).
    leaving = 1 / np.exp(rng.uniform(np.log(3), np.log(1000), pairs))
    switches = rng.random((pairs, blocks)) < leaving[:, None]
    switches[:, 0] = rng.random(pairs) < 0.3
    fast = np.cumsum(switches, axis=1) % 2 == 1
    before = np.concatenate([fast[:, :1], fast[:, :-1]], axis=1)
    into = np.where(switches, rng.random((pairs, blocks)), 0.0)
    share = np.where(fast, 1.0 - into, 0.0) + np.where(before, into, 0.0) * ~fast
    share[:, 0] = fast[:, 0]
    own = noise.block * np.exp(0.5 * rng.normal(size=(pairs, 1)))
    times = np.log(1 - (1 - FAST_MODE) * share)
    times += own / np.sqrt(3) * 1.3 * rng.standard_t(3, (pairs, blocks))
    spike = rng.random((pairs, blocks)) < noise.spikes
    times += np.where(spike, rng.exponential(0.3, (pairs, blocks)), 0.0)
    values: FloatArray = times
    return values
