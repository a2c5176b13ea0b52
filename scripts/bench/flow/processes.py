"""What processes cost, as Linux tells it."""

import os
import threading
from pathlib import Path

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def family(roots):
    """The processes `roots` with all that they started and still lives."""
    children = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, ahead = [], list(roots)
    while ahead:
        pid = ahead.pop()
        found.append(pid)
        ahead.extend(children.get(pid, []))
    return found


def memory_mb(pids):
    """Their memory (PSS: what several share is split among them), in megabytes."""
    return sum(_field(pid, "smaps_rollup", "Pss:") for pid in pids) / 1024


def own_memory_mb(pids):
    """The memory that is theirs alone: without Postgres' shared buffers, for its sessions."""
    return sum(_field(pid, "status", "RssAnon:") for pid in pids) / 1024


def processor_seconds(pids):
    """Processor time since their start, with that of their children which have ended."""
    total = 0
    for pid in pids:
        fields = _stat(pid)
        if fields:
            total += sum(int(ticks) for ticks in fields[11:15])
    return total / TICKS_A_SECOND


class Peak(threading.Thread):
    """The most memory that a family of processes is seen to hold, while it is watched."""

    def __init__(self, roots, every_seconds=0.25):
        super().__init__(daemon=True)
        self.megabytes = 0.0
        self._roots, self._every, self._over = roots, every_seconds, threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self.join()

    def run(self):
        while True:
            self.megabytes = max(self.megabytes, memory_mb(family(self._roots)))
            if self._over.wait(self._every):
                return


def _stat(pid):
    """The fields of /proc/PID/stat behind the name, or nothing when the process has gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name is in brackets and may hold anything.
    return text.rpartition(")")[2].split()


def _field(pid, file, name):
    try:
        with open(f"/proc/{pid}/{file}", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith(name):
                    return int(line.split()[1])
    except OSError:
        pass  # It has ended since it was listed.
    return 0
