"""Phases and checks into one evidence package: read the plan, examine, decide, write.

In the order of a command: ``read_plan``, ``select``, ``require_place``, ``benchmarks_needed``,
(measure,) ``prove``, ``package_files``, ``write_package``, ``exit_code``.
"""

from perfproof.proof.child import run_command
from perfproof.proof.claim import Case, Claim, Finding, Terms
from perfproof.proof.decision import exit_code, risk_rule_lines
from perfproof.proof.demonstrate import (
    Demonstration,
    Measuring,
    demonstrate,
    demonstration_exit_code,
)
from perfproof.proof.doors import Absent, Command, Doors, Ending, Stored
from perfproof.proof.package import package_files, require_place, write_package
from perfproof.proof.plan import ProofPlan, benchmarks_needed, read_plan, select
from perfproof.proof.proof_json import decode_proof, encode_proof
from perfproof.proof.prove import Evidence, prove
from perfproof.proof.sharing import shared
from perfproof.proof.stored import baselines_in, history_in

__all__ = [
    "Absent",
    "Case",
    "Claim",
    "Command",
    "Demonstration",
    "Doors",
    "Ending",
    "Evidence",
    "Finding",
    "Measuring",
    "ProofPlan",
    "Stored",
    "Terms",
    "baselines_in",
    "benchmarks_needed",
    "decode_proof",
    "demonstrate",
    "demonstration_exit_code",
    "encode_proof",
    "exit_code",
    "history_in",
    "package_files",
    "prove",
    "read_plan",
    "require_place",
    "risk_rule_lines",
    "run_command",
    "select",
    "shared",
    "write_package",
]
