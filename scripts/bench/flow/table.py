"""What is printed: Markdown for docs/MEASURED.md."""

import workload

# Windmill's own figures for 40 short tasks in a row, on a machine of theirs.
PUBLISHED = "Published by Windmill for 40 in a row, on other machines: Airflow 2.7 116 s, Windmill 4.4 s."


def render(measured):
    """A table of the runs and one of the costs, a line a contender."""
    lines = ["", "| | " + " | ".join(each.title for each in workload.wanted()) + " |"]
    lines.append("|---|" + "---:|" * len(workload.wanted()))
    for one in measured:
        cells = [_run(one["workloads"][each.name]) for each in workload.wanted()]
        lines.append(f"| {one['version']} | " + " | ".join(cells) + " |")
    lines += ["", "Wall from trigger to end; tasks a second; p50 / p95 of the lag from a task's readiness to its start."]
    lines += [PUBLISHED, ""]
    lines.append("| | memory idle / peak, MB | sessions, their memory, MB | idle CPU, % of a core: own + Postgres' sessions | idle statements/s (transactions/s) |")
    lines.append("|---|---:|---:|---:|---:|")
    lines += [_cost(one) for one in measured]
    return "\n".join(lines)


def _run(executions):
    if not executions:
        return "left out"
    figures = workload.middle(executions)
    wall, rate = _seconds(figures["wall_s"]), figures["tasks_per_s"]
    rate = f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}"
    lags = " / ".join(_milliseconds(figures[f"lag_{part}_ms"]) for part in ("p50", "p95"))
    return f"{wall}; {rate}/s; {lags} ms"


def _cost(one):
    sessions = f"{one['sessions']}, {one['sessions_mb']:.0f}"
    idle = one["idle"]
    if idle is None:
        return f"| {one['version']} | not idled / {one['peak_mb']:.0f} | {sessions} | | |"
    statements = idle["statements_per_s"]
    statements = "not counted" if statements is None else f"{statements:.1f}"
    return (
        f"| {one['version']} | {idle['memory_mb']:.0f} / {one['peak_mb']:.0f} "
        f"| {sessions} "
        f"| {idle['cpu_percent']:.1f} + {idle['postgres_cpu_percent']:.1f} "
        f"| {statements} ({idle['transactions_per_s']:.1f}) |"
    )


def _seconds(seconds):
    return f"{seconds:.1f} s" if seconds >= 10 else f"{seconds:.2f} s"


def _milliseconds(milliseconds):
    return f"{milliseconds:,.0f}" if milliseconds >= 10 else f"{milliseconds:.1f}"
