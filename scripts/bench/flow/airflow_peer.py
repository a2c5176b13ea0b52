"""Apache Airflow 3 as it stands alone: API server, scheduler, DAG processor, triggerer.

The four are started one by one and not by `airflow standalone`, which would also serve logs on
every address of the machine. Its database lies in the Postgres that all contenders share.
"""

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import bed
import processes

DATABASE = "bench_airflow"
# Whatever hangs, the benchmark goes on without it.
START_LIMIT_S = 120
LIMITS_S = {"warm_up": 90, "row_short": 240, "row_long": 120, "wide_short": 300}

COMPONENTS = [
    ["api-server"],
    ["scheduler", "--skip-serve-logs"],
    ["dag-processor"],
    ["triggerer", "--skip-serve-logs"],
]

# As released, but for what would hold the workload back or reach out of the machine.
SETTINGS = {
    "CORE__EXECUTOR": "LocalExecutor",
    "CORE__LOAD_EXAMPLES": "False",
    "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
    "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
    # As many as the others have. With 32 on two cores, which it shared with other work, calls to
    # its API server timed out, tasks were begun anew, and the 400 did not end.
    "CORE__PARALLELISM": os.environ.get("AIRFLOW_PARALLELISM", "8"),
    "CORE__MAX_ACTIVE_TASKS_PER_DAG": "400",
    "CORE__DEFAULT_POOL_TASK_SLOT_COUNT": "400",
    "USAGE_DATA_COLLECTION__ENABLED": "False",
    "LOGGING__LOGGING_LEVEL": "WARNING",
}

# What helps it on this workload: it looks for work more often, and takes more at a time.
TUNED = {
    "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.05",
    "SCHEDULER__MAX_TIS_PER_QUERY": "0",
}


class Airflow:
    """A running Airflow with the workloads as its DAGs."""

    database = DATABASE
    most_rounds = 1
    idles = True

    def __init__(self, installed, folder, port, tuned):
        self.installed, self.folder, self.port = Path(installed), Path(folder), port
        self.name = "airflow-tuned" if tuned else "airflow"
        self.running = []
        self.environment = self._environment(tuned)

    def start(self):
        """Makes its database, starts its parts, and waits until it knows the DAGs."""
        bed.make_database(DATABASE)
        (self.folder / "dags").mkdir(parents=True)
        shutil.copy(Path(__file__).with_name("airflow_dags.py"), self.folder / "dags")
        self._airflow(["db", "migrate"])
        for arguments in COMPONENTS:
            log = open(self.folder / f"{arguments[0]}.log", "w", encoding="utf-8")
            command = [self.installed / "bin" / "airflow", *arguments]
            self.running.append(
                subprocess.Popen(
                    command,
                    env=self.environment,
                    cwd=self.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            )
        self._wait("Airflow to know its DAGs", START_LIMIT_S, self._is_ready)

    def pids(self):
        """Its processes, those of the executor among them."""
        return processes.family([part.pid for part in self.running])

    def roots(self):
        """The processes that it was started as."""
        return [part.pid for part in self.running]

    def execute(self, workload):
        """Triggers the DAG of a workload over REST, waits for its end, and gives the times that
        Airflow itself noted: `start_date` and `end_date` of run and tasks."""
        token = self._ask("GET", "/auth/token")["access_token"]
        triggered = time.time()
        path = f"/api/v2/dags/{workload.name}/dagRuns"
        run = self._ask("POST", path, {"logical_date": None}, token)["dag_run_id"]
        where = f"dag_id = '{workload.name}' and run_id = '{run}'"

        def state():
            return bed.value(f"select state from dag_run where {where}", DATABASE)

        self._wait(f"{workload.name} to end", LIMITS_S[workload.name], lambda: state() in ("success", "failed"))
        if state() != "success":
            raise RuntimeError(f"Airflow failed {workload.name}")
        ended = bed.value(f"select extract(epoch from end_date) from dag_run where {where}", DATABASE)
        times = bed.rows(
            f"""select extract(epoch from start_date), extract(epoch from end_date)
                from task_instance where {where} and state = 'success'""",
            DATABASE,
        )
        return {
            "triggered": triggered,
            "ended": float(ended),
            "tasks": [[float(began), float(ended)] for began, ended in times],
        }

    def stop(self):
        """Ends its parts, by force those that do not end when asked."""
        everyone = self.pids()
        for part in self.running:
            part.send_signal(signal.SIGTERM)
        for part in self.running:
            try:
                part.wait(timeout=20)
            except subprocess.TimeoutExpired:
                part.kill()
                part.wait()
        for pid in everyone:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # As it should be.
        self.running = []

    def version(self):
        """What is measured."""
        python = self.installed / "bin" / "python"
        code = "import importlib.metadata as m; print(m.version('apache-airflow-core'))"
        version = subprocess.check_output([python, "-c", code], text=True).strip()
        return f"Airflow {version}, {'tuned' if self.name == 'airflow-tuned' else 'as released'}"

    def _environment(self, tuned):
        environment = {name: text for name, text in os.environ.items() if not name.startswith("AIRFLOW")}
        login = f"postgresql+psycopg2://{DATABASE}@/{DATABASE}?host={bed.SOCKET}"
        settings = SETTINGS | (TUNED if tuned else {}) | {
            "CORE__DAGS_FOLDER": str(self.folder / "dags"),
            "DATABASE__SQL_ALCHEMY_CONN": login,
            "API__HOST": "127.0.0.1",
            "API__PORT": str(self.port),
            "API__BASE_URL": f"http://127.0.0.1:{self.port}",
            "CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{self.port}/execution/",
            # Shared by its parts; of no use to anyone after the benchmark.
            "API_AUTH__JWT_SECRET": os.urandom(48).hex(),
        }
        environment |= {f"AIRFLOW__{name}": text for name, text in settings.items()}
        environment |= {"AIRFLOW_HOME": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        environment["PATH"] = f"{self.installed / 'bin'}:{environment['PATH']}"
        return environment

    def _airflow(self, arguments):
        command = [self.installed / "bin" / "airflow", *arguments]
        done = subprocess.run(
            command, env=self.environment, cwd=self.folder, capture_output=True, text=True, timeout=START_LIMIT_S
        )
        if done.returncode != 0:
            raise RuntimeError(f"airflow {' '.join(arguments)} failed: {done.stderr[-2000:]}")

    def _is_ready(self):
        known = bed.value("select count(*) from dag where not is_stale and not is_paused", DATABASE)
        if int(known) < len(LIMITS_S):
            return False
        try:
            health = self._ask("GET", "/api/v2/monitor/health")
        except OSError:
            return False
        parts = ("metadatabase", "scheduler", "dag_processor", "triggerer")
        return all(health[part]["status"] == "healthy" for part in parts)

    def _ask(self, method, path, body=None, token=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method)
        request.add_header("content-type", "application/json")
        if token:
            request.add_header("authorization", f"Bearer {token}")
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(request, data, timeout=30) as answer:
            return json.load(answer)

    def _wait(self, what, limit_s, is_so):
        end = time.monotonic() + limit_s
        while not is_so():
            for part in self.running:
                if part.poll() is not None:
                    log = (self.folder / f"{part.args[1]}.log").read_text(errors="replace")
                    raise RuntimeError(f"{part.args[1]} of Airflow ended by itself: {log[-1000:]}")
            if time.monotonic() > end:
                raise RuntimeError(f"waited {limit_s} s for {what}")
            time.sleep(0.25)
