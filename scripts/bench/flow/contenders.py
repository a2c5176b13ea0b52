"""Who is measured, by name."""

import json
import os
import socket
from pathlib import Path

import airflow_peer
import bed
from line_process import LineProcess

ALL = "mg mg-2 mg-4 graphile airflow airflow-tuned"

# How many tasks a process executes at a time.
SLOTS = "8"


def make(name, installed, folder):
    """The contender `name`; it keeps its files in `folder`."""
    match name:
        case "mg" | "mg-2" | "mg-4":
            return _mg(name, folder, int(name.partition("-")[2] or "1"))
        case "graphile":
            _check_installed(installed, "graphile")
            return _graphile(installed / "queue", folder)
        case "airflow" | "airflow-tuned":
            _check_installed(installed, "airflow")
            return airflow_peer.Airflow(installed / "airflow", folder, _free_port(), name == "airflow-tuned")
    raise RuntimeError(f"there is no contender `{name}`: say some of {ALL}")


def _mg(name, folder, count):
    title = f"mg, {count} process{'es' if count > 1 else ''} of {SLOTS} slots"
    command = [os.environ["BENCH"], "work", SLOTS]
    environment = {"BENCH_DATABASE": "bench_mg"}
    bed.drop_database("bench_mg")  # It makes its database itself.
    return LineProcess(name, "bench_mg", folder, command, environment, title, count)


def _graphile(installed, folder):
    command = [installed / "node", Path(__file__).with_name("graphile.mjs"), SLOTS]
    url = f"postgres://bench_graphile@/bench_graphile?host={bed.SOCKET}"
    environment = {"INSTALLED": str(installed), "BENCH_DATABASE_URL": url, "NODE_ENV": "production"}
    package = installed / "node_modules" / "graphile-worker" / "package.json"
    version = json.loads(package.read_text(encoding="utf-8"))["version"]
    title = f"graphile-worker {version}, a queue alone, {SLOTS} at a time"
    bed.make_database("bench_graphile")
    return LineProcess("graphile", "bench_graphile", folder, command, environment, title)


def _check_installed(installed, name):
    # What `install.sh` leaves once it is done.
    if not (installed / f"{name}.installed").exists():
        raise RuntimeError("it is not installed")


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
