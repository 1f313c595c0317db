"""``perfproof prove``: measure, examine every check, write the evidence, decide."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from perfproof.cli.measuring import Order, measure, nothing_measured
from perfproof.cli.printing import show
from perfproof.cli.project import Meant, find_meant, open_project, plan_of, system_of
from perfproof.cli.stored import baselines_folder, read_one_version
from perfproof.configuration.settings import Project
from perfproof.errors import ExitCode, SettingError, UseError
from perfproof.proof import (
    Case,
    Demonstration,
    Doors,
    Measuring,
    ProofPlan,
    Terms,
    baselines_in,
    benchmarks_needed,
    demonstrate,
    demonstration_exit_code,
    exit_code,
    package_files,
    prove,
    read_plan,
    require_place,
    risk_rule_lines,
    run_command,
    select,
    shared,
    write_package,
)
from perfproof.record import Session
from perfproof.report import check_line, decision_lines

__all__ = ["run"]


def run(arguments: argparse.Namespace) -> ExitCode:
    """Read the plan, measure what it needs, examine, write, print GO or NO-GO."""
    started = datetime.now(UTC)
    project = open_project(arguments)
    plan = select(read_plan(proof_file(project), project.root), arguments.check)
    if arguments.demonstrate:
        return show_demonstrations(project, plan, arguments)
    folder = folder_for(project, plan, arguments)
    session = session_for(project, plan, arguments)
    case = Case(session, terms_of(project, session), doors_of(project))
    ids = [claim.id for claim in plan.claims]
    evidence = prove(
        plan, case, started=started, tell=lambda check: show(lambda _: [check_line(check, ids)])
    )
    if folder is not None:
        write_package(folder, package_files(evidence))
    place, left_out = shown(folder), len(evidence.left_out)
    show(
        lambda _: decision_lines(
            evidence.proof, risk_rule_lines(), package=place, left_out=left_out
        )
    )
    return exit_code(evidence.proof.checks)


def folder_for(project: Project, plan: ProofPlan, arguments: argparse.Namespace) -> Path | None:
    """Where the evidence goes; part of a proof goes nowhere unless a place is named for it.

    Raises:
        UseError: The place cannot be used; better known before the measuring than after.
    """
    folder: Path | None = arguments.output
    if folder is None and not plan.left_out:
        folder = project.path(project.settings.evidence)
    if folder is not None:
        require_place(folder)
    return folder


def proof_file(project: Project) -> Path:
    """Where the phases and checks stand.

    Raises:
        SettingError: The configuration names no file.
    """
    if project.settings.proof is None:
        raise SettingError(
            "no proof file is named",
            where="[tool.perfproof]",
            remedy="write phases and checks into a TOML file and set `proof` to it",
        )
    return project.path(project.settings.proof)


def session_for(project: Project, plan: ProofPlan, arguments: argparse.Namespace) -> Session:
    """The stored session, or a new one of exactly the benchmarks that the checks rest on."""
    if arguments.session is not None:
        return read_one_version(arguments.session)
    system = system_of(arguments)
    meant = find_meant(project, system)
    return measure_needed(project, meant, plan, arguments, system)


def measure_needed(
    project: Project,
    meant: Meant,
    plan: ProofPlan,
    arguments: argparse.Namespace,
    system: str | None,
) -> Session:
    """Measure what ``plan`` needs of ``meant``; a session without samples where that is nothing."""
    ids = [benchmark.id for benchmark in meant.benchmarks]
    needed = meant.only(frozenset(benchmarks_needed(plan, ids)))
    order = Order(needed, plan_of(project, arguments), system, quiet=arguments.quiet)
    if not needed.benchmarks:
        return nothing_measured(project, order)
    session, _ = measure(project, order)
    return session


def show_demonstrations(
    project: Project, plan: ProofPlan, arguments: argparse.Namespace
) -> ExitCode:
    """Every check under the system that was broken for it; red is what is wanted here."""
    if arguments.session is not None or arguments.system is not None:
        raise UseError(
            "--demonstrate measures each sabotage itself",
            remedy="leave --session and --system out",
        )
    reference = find_meant(project, None)

    def measure_under(ids: Sequence[str], system: str) -> Session:
        meant = find_meant(project, system).only(frozenset(ids))
        order = Order(meant, plan_of(project, arguments), system, quiet=arguments.quiet)
        return measure(project, order)[0] if ids else nothing_measured(project, order)

    def tell(shown: Demonstration) -> None:
        print(shown, flush=True)

    measuring = Measuring([each.id for each in reference.benchmarks], measure_under)
    terms = Terms(level=project.settings.share("level"), alpha=project.settings.share("alpha"))
    return demonstration_exit_code(
        demonstrate(plan, measuring, doors_of(project), terms, tell=tell)
    )


def terms_of(project: Project, session: Session) -> Terms:
    """How figures are judged; seeded by the session, so that its verdicts can be recomputed."""
    return Terms(
        level=project.settings.share("level"),
        alpha=project.settings.share("alpha"),
        seed=session.header.plan.seed,
    )


def doors_of(project: Project) -> Doors:
    """The real ways out: child processes, the baselines folder, the clock."""
    return Doors(
        root=project.root,
        run_command=shared(run_command),
        find_baseline=baselines_in(baselines_folder(project)),
        now=lambda: datetime.now(UTC),
    )


def shown(folder: Path | None) -> str | None:
    """The folder as the reader can open it from here."""
    if folder is None:
        return None
    try:
        return str(folder.relative_to(Path.cwd()))
    except ValueError:
        return str(folder)
