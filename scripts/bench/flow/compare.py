"""Executes the workloads on each contender in turn, and prints their figures side by side.

    compare.py INSTALLED RESULTS

INSTALLED is where `install.sh` has put the peers, RESULTS where the raw figures go, as JSON. The
environment: BENCH_SOCKET, folder of the shared Postgres' socket; ENGINES, which contenders;
ROUNDS and IDLE_SECONDS. A contender that fails is left out with its reason.
"""

import json
import os
import signal
import sys
import tempfile
import time
import traceback
from datetime import datetime, timezone
from pathlib import Path

import bed
import contenders
import processes
import table
import workload


def main():
    installed, results = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    # So that contenders are ended on the way out, however this is ended.
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda number, _: sys.exit(128 + number))
    bed.check_durable()
    bed.count_statements(False)
    results.mkdir(parents=True, exist_ok=True)
    file = results / f"flow-{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}.json"
    measured = []
    for name in os.environ.get("ENGINES", contenders.ALL).split():
        print(f"-- {name}", flush=True)
        try:
            with tempfile.TemporaryDirectory(prefix="mg-bench-flow-", ignore_cleanup_errors=True) as folder:
                measured.append(measure(contenders.make(name, installed, Path(folder) / "home")))
        except Exception as error:  # A comparison of fewer is better than none.
            traceback.print_exc()
            print(f"left out: {name}: {error}", flush=True)
        file.write_text(json.dumps(measured, indent=1), encoding="utf-8")
    print(table.render(measured))
    print(f"raw figures: {file}")


def measure(contender):
    """All figures of one contender, which is started for it and ended again."""
    rounds = min(int(os.environ.get("ROUNDS", "3")), contender.most_rounds)
    figures = {"name": contender.name, "version": contender.version(), "idle": None, "workloads": {}}
    try:
        contender.start()
        workload.figures(workload.WARM_UP, contender.execute(workload.WARM_UP))
        if contender.idles:
            figures["idle"] = idle(contender, float(os.environ.get("IDLE_SECONDS", "30")))
            print(f"   idle: {_short(figures['idle'])}", flush=True)
        with processes.Peak(contender.roots()) as peak:
            for each in workload.wanted():
                figures["workloads"][each.name] = executions(contender, each, rounds)
        sessions = bed.backends(contender.database)
        figures["peak_mb"] = peak.megabytes
        figures["sessions"] = len(sessions)
        figures["sessions_mb"] = processes.own_memory_mb(sessions)
        return figures
    finally:
        contender.stop()


def executions(contender, each, rounds):
    """The figures of each execution of a workload; none when it fails, for the next may not."""
    found = []
    try:
        for _ in range(rounds):
            found.append(workload.figures(each, contender.execute(each)))
            print(f"   {each.title}: {_short(found[-1])}", flush=True)
    except Exception as error:
        print(f"left out: {contender.name}, {each.title}: {error}", flush=True)
        found = []
    return found


def _short(figures):
    return ", ".join(f"{name} {value:.4g}" for name, value in figures.items() if value is not None)


def idle(contender, seconds):
    """What it costs while it has nothing to do."""
    # A session of Postgres tells of its transactions up to ten seconds late.
    time.sleep(11)
    bed.count_statements(True)
    before = _costs(contender)
    began = time.monotonic()
    time.sleep(seconds)
    after = _costs(contender)
    took = time.monotonic() - began
    bed.count_statements(False)
    per_second = {name: (after[name] - before[name]) / took for name in before if before[name] is not None}
    return {
        "cpu_percent": 100 * per_second["processor"],
        "postgres_cpu_percent": 100 * per_second["postgres"],
        "statements_per_s": per_second.get("statements"),
        "transactions_per_s": per_second["transactions"],
        "memory_mb": processes.memory_mb(contender.pids()),
    }


def _costs(contender):
    return {
        "processor": processes.processor_seconds(contender.pids()),
        "postgres": processes.processor_seconds(bed.backends(contender.database)),
        "statements": bed.statements(contender.database),
        "transactions": bed.transactions(contender.database),
    }


if __name__ == "__main__":
    main()
