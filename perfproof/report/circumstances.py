"""What a proof was made with and on, in words: commit, machine, environment, plan."""

from __future__ import annotations

from perfproof.record import Commit, Environment, Fingerprint, Plan, Proof
from perfproof.report.wording import show_value

__all__ = ["commit_words", "environment_facts", "fingerprint_facts", "plan_facts", "proof_facts"]

_NOT_KNOWN = "not known"


def commit_words(commit: Commit) -> str:
    """A commit in words: hash, branch, and whether the tree had changes."""
    if commit.hash is None:
        return _NOT_KNOWN
    branch = f" on {commit.branch}" if commit.branch else ""
    tree = {
        True: ", with changes that are not committed",
        False: ", tree clean",
        None: ", tree not known",
    }
    return f"{commit.hash}{branch}{tree[commit.dirty]}"


def proof_facts(proof: Proof) -> dict[str, str]:
    """When, of what and by which tool the evidence was made."""
    return {
        "created": proof.created,
        "session": proof.session or "nothing was measured",
        "commit": commit_words(proof.commit),
        "system": proof.system or "the default",
        "perfproof": proof.tool_version,
        "took": show_value(proof.elapsed_seconds, "second"),
    }


def fingerprint_facts(fingerprint: Fingerprint) -> dict[str, str]:
    """The fields that must agree before stored times are compared; what is unknown says so."""
    facts = {"digest": fingerprint.digest}
    for name in fingerprint.__struct_fields__:
        value = getattr(fingerprint, name)
        facts[name.replace("_", " ")] = _NOT_KNOWN if value is None else str(value)
    return facts


def environment_facts(environment: Environment) -> dict[str, str]:
    """What else was true of the machine, with units."""
    resolution = environment.clock_resolution_ns
    seconds = None if resolution is None else resolution * 1e-9
    return {
        "governor": environment.governor or _NOT_KNOWN,
        "load average over 1 min": show_value(environment.load_1m, None),
        "CPU time taken by the host": show_value(environment.steal_share, "share"),
        "step of the clock": show_value(seconds, "second"),
        **{f"package {name}": version for name, version in environment.packages.items()},
    }


def plan_facts(plan: Plan) -> dict[str, str]:
    """How the session measured, so that it can be repeated."""
    return {
        "processes": str(plan.processes),
        "blocks in each process": str(plan.blocks),
        "aimed length of a block": show_value(plan.block_seconds, "second"),
        "warm-up": show_value(plan.warmup_seconds, "second"),
        "no further block after": show_value(plan.sample_seconds, "second"),
        "ended when silent for": show_value(plan.timeout_seconds, "second"),
        "seed": str(plan.seed),
    }
