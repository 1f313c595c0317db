"""Every kind of check, one file each; a new kind is a file here and a line in the table."""

from __future__ import annotations

from collections.abc import Mapping

from perfproof.proof.claim import Claim
from perfproof.proof.kinds.baseline import BaselineClaim
from perfproof.proof.kinds.counts import CountsClaim
from perfproof.proof.kinds.distribution import DistributionClaim
from perfproof.proof.kinds.improvement import ImprovementClaim
from perfproof.proof.kinds.leak_free import LeakFreeClaim
from perfproof.proof.kinds.target import TargetClaim
from perfproof.proof.kinds.trials import TrialsClaim

__all__ = ["KINDS"]

KINDS: Mapping[str, type[Claim]] = {
    "target": TargetClaim,
    "trials": TrialsClaim,
    "distribution": DistributionClaim,
    "counts": CountsClaim,
    "baseline": BaselineClaim,
    "improvement": ImprovementClaim,
    "leak_free": LeakFreeClaim,
}
"""The value of ``kind`` in proof.toml, and whose keys the rest of the table are."""
