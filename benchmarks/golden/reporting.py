"""What was seen, put into figures, counts and lines."""

from collections.abc import Iterator, Sequence

from benchmarks.golden.crowd import CrowdResult
from benchmarks.golden.knocks import Fate, Start, refused_well
from benchmarks.golden.output import Output, count_line, seconds, table
from benchmarks.golden.shares import steal_share


def report_crowd(result: CrowdResult, output: Output) -> None:
    """Add one size to the output: a value a conversation, since its events are not independent."""
    users, timings = result.size.users, result.timings
    output.add_figure(f"connect_{users}", (each.connect for each in timings))
    output.add_figure(f"acknowledged_{users}", (each.acknowledged for each in timings))
    output.add_figure(f"first_event_{users}", (each.first_event for each in timings))
    output.add_figure(f"slowest_gap_{users}", (max(each.gaps) for each in timings))
    output.add_figure(f"slowest_event_{users}", (max(each.latencies) for each in timings))
    output.add_figure(f"answer_{users}", (each.answer for each in timings))
    output.add_figure(
        f"server_cpu_{users}", (each.server_seconds / users for each in result.usages)
    )
    output.add_count(f"conversations_{users}", result.conversations, result.deviations)
    rows = [
        (name, output.figures.get(f"{figure}_{users}", ()))
        for name, figure in (
            ("connect", "connect"),
            ("acknowledged", "acknowledged"),
            ("first event", "first_event"),
            ("answer", "answer"),
            ("slowest event of each", "slowest_event"),
            ("server CPU a conversation", "server_cpu"),
        )
    ]
    rows.insert(3, ("gap between events", [gap for each in timings for gap in each.gaps]))
    rows.insert(4, ("event latency", [each for timing in timings for each in timing.latencies]))
    crowd = "one user alone" if users == 1 else f"{users} users at once"
    output.lines += ["", f"{crowd}, {result.size.rounds} rounds; {_shares(result)}"]
    output.lines += table(rows)
    output.lines.append(count_line("conversations", output.counts[f"conversations_{users}"]))


def _shares(result: CrowdResult) -> str:
    """Tell what the machine did meanwhile."""
    wall = sum(each.wall_seconds for each in result.usages)
    share = steal_share(result.usages)
    if not wall:
        return "processor time not known"
    server = sum(each.server_seconds for each in result.usages) / wall
    client = sum(each.client_seconds for each in result.usages) / wall
    steal = "not known" if share is None else f"{share:.1%}"
    return f"{seconds(wall)}, server {server:.0%} and client {client:.0%} of a core, steal {steal}"


def report_starts(starts: Sequence[Start], output: Output) -> None:
    """Add cold starts to the output; a start is one trial, whatever its clients saw."""
    free = [each for each in starts if not each.held]
    accepted = [each.accepted_seconds for each in free if each.accepted_seconds is not None]
    first = [each.first_event_seconds for each in free if each.first_event_seconds is not None]
    output.add_figure("cold_start_accepted", accepted)
    output.add_figure("cold_start_first_event", first)
    output.add_count("cold_start_1011", len(starts), list(_closed_with_1011(starts)))
    output.add_count("cold_starts", len(starts), [each.faults[0] for each in starts if each.faults])
    held = len(starts) - len(free)
    output.lines.append(f"{len(free)} starts, and {held} with the database held back at first")
    output.lines += table([("first accepted", accepted), ("first event", first)])
    output.lines.append(_treatment(starts))
    counts = ("cold_start_1011", "cold_starts")
    output.lines += [count_line(name, output.counts[name]) for name in counts]


def _treatment(starts: Sequence[Start]) -> str:
    """Tell what became of all clients together."""
    fates = {fate: sum(start.count(fate) for start in starts) for fate in Fate}
    told = ", ".join(f"{number} {fate.value}" for fate, number in fates.items())
    closed = sum(start.closed_with_1011 for start in starts)
    good = sum(refused_well(knock) for start in starts for knock in start.knocks)
    return f"clients: {told}; {closed} closed with 1011; {good} refused with 503 and Retry-After"


def _closed_with_1011(starts: Sequence[Start]) -> Iterator[str]:
    for start in starts:
        if start.closed_with_1011:
            yield f"{start.closed_with_1011} of {len(start.codes)} connections closed with 1011"
        elif not start.count(Fate.ACCEPTED):
            yield "nobody was let in, so nothing was shown"
