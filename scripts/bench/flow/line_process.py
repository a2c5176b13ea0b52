"""A contender that is driven line by line: the name of a workload in, its times out, as JSON."""

import json
import os
import select
import subprocess
import time

import processes

LIMIT_S = 120


class LineProcess:
    """Processes of one command: the first also launches what is asked for, the others work."""

    most_rounds = 99

    def __init__(self, name, database, folder, command, environment, title, count=1):
        self.idles = count == 1
        self.name, self.database, self.folder = name, database, folder
        self.command, self.environment, self.title, self.count = command, environment, title, count
        self.running = []

    def start(self):
        """Starts its processes, each until it says that it is ready."""
        self.folder.mkdir(parents=True)
        for number in range(self.count):
            with open(self.folder / f"{number}.log", "w", encoding="utf-8") as log:
                process = subprocess.Popen(
                    self.command,
                    env=os.environ | self.environment,
                    cwd=self.folder,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                )
            self.running.append(process)
            said = self._line(process)
            if said != b"ready\n":
                raise RuntimeError(f"{self.name} did not start: {self._last_words(number)}")

    def roots(self):
        """Its processes."""
        return [process.pid for process in self.running]

    def pids(self):
        """Its processes and theirs."""
        return processes.family(self.roots())

    def execute(self, workload):
        """Has a workload executed, and gives the times that the first process answers."""
        first = self.running[0]
        first.stdin.write(f"{workload.name}\n".encode())
        first.stdin.flush()
        line = self._line(first)
        if not line:
            raise RuntimeError(f"{workload.name} brought no answer: {self._last_words(0)}")
        return json.loads(line)

    def stop(self):
        """Closes their input, which is their sign to end; then asks, then forces."""
        for process in self.running:
            process.stdin.close()
        for process in self.running:
            for insist in (lambda: None, process.terminate, process.kill):
                insist()
                try:
                    process.wait(timeout=10)
                    break
                except subprocess.TimeoutExpired:
                    continue
        self.running = []

    def version(self):
        """What is measured."""
        return self.title

    def _line(self, process):
        """The next line of its output; empty when it ended or kept silent for too long."""
        said, end = b"", time.monotonic() + LIMIT_S
        while not said.endswith(b"\n"):
            ready, _, _ = select.select([process.stdout], [], [], max(0, end - time.monotonic()))
            piece = os.read(process.stdout.fileno(), 1 << 20) if ready else b""
            if not piece:
                return b""
            said += piece
        return said

    def _last_words(self, number):
        log = (self.folder / f"{number}.log").read_text(encoding="utf-8", errors="replace")
        return log[-2000:] or "it said nothing"
