"""What is executed, and the figures of one execution.

The workloads are Windmill's published ones: naive Fibonacci numbers, 40 short tasks in a row, 10
long ones in a row, and 400 short ones side by side. Each contender computes in its own language.
"""

import math
import os
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Workload:
    """So many tasks; `in_a_row`: each begins when the one before has ended."""

    name: str
    title: str
    tasks: int
    in_a_row: bool


ALL = [
    Workload("row_short", "40 short in a row", 40, True),
    Workload("row_long", "10 long in a row", 10, True),
    Workload("wide_short", "400 short in parallel", 400, False),
]
WARM_UP = Workload("warm_up", "4 short in a row", 4, True)


def wanted():
    """The workloads that the environment's WORKLOADS names; all without it."""
    names = os.environ.get("WORKLOADS", " ".join(each.name for each in ALL)).split()
    return [each for each in ALL if each.name in names]


def figures(workload, result):
    """What `result` says: `triggered`, `ended`, and of each task when it began and ended, in
    seconds since 1970, all of one machine's clock."""
    tasks = sorted(result["tasks"])
    if len(tasks) != workload.tasks:
        raise RuntimeError(f"{workload.name}: {len(tasks)} tasks ended of {workload.tasks}")
    if workload.in_a_row:
        ready = [result["triggered"]] + [ended for _, ended in tasks[:-1]]
    else:
        ready = [result["triggered"]] * len(tasks)
    lags = sorted(max(0.0, began - since) for (began, _), since in zip(tasks, ready))
    wall = result["ended"] - result["triggered"]
    return {
        "wall_s": wall,
        "tasks_per_s": len(tasks) / wall,
        "lag_p50_ms": 1e3 * share(lags, 0.50),
        "lag_p95_ms": 1e3 * share(lags, 0.95),
        "task_median_ms": 1e3 * median(ended - began for began, ended in tasks),
        # In a row this is what is not the tasks' own time.
        "between_s": wall - sum(ended - began for began, ended in tasks) if workload.in_a_row else None,
    }


def share(ordered, part):
    """The least of `ordered` that `part` of them do not exceed."""
    return ordered[max(0, math.ceil(len(ordered) * part) - 1)]


def middle(executions):
    """The execution whose wall is the median."""
    return sorted(executions, key=lambda execution: execution["wall_s"])[len(executions) // 2]
