"""One cell: a fresh tree, a guard, one pattern, and the truth by SHA-256 before, at the stop and afterwards."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

from . import corpus, rank
from .guard import Guard, frozen_at_ns

SETTLE = 0.7  # seconds without a new incident after which everything counts as stopped


class Attacker:
    """The simulator on one tree. Ends only processes that it started."""

    def __init__(self, programs, tree, journal, pattern, how, seed, options=()):
        self.journal = pathlib.Path(journal)
        self.journal.write_text("")
        subprocess.run([programs / "files_simulator", "--prepare", str(tree)], check=True)
        self.process = subprocess.Popen(
            [programs / "files_simulator", str(tree), "--pattern", pattern, "--how", how, "--journal", str(journal),
             "--seed", str(seed), *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
            preexec_fn=rank.take)
        self.tree = str(tree)

    def said(self):
        out = []
        for line in self.journal.read_text().split("\n"):
            if line:
                out.append(json.loads(line))
        return out

    def running(self):
        """pid -> state of all processes of this attack that still live."""
        sessions = {self.process.pid} | {x["session"] for x in self.said() if x["event"] == "process"}
        pids = {x["pid"] for x in self.said() if "pid" in x}
        out = {}
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                with open(f"/proc/{entry}/stat") as opened:
                    fields = opened.read().rpartition(")")[2].split()
                with open(f"/proc/{entry}/cmdline", "rb") as opened:
                    words = opened.read()
            except OSError:
                continue
            ours = int(fields[3]) in sessions or int(entry) in pids
            if ours and (self.tree.encode() in words or int(fields[3]) in sessions) and fields[0] != "Z":
                out[int(entry)] = fields[0]
        return out

    def end(self):
        for _ in range(20):
            alive = self.running()
            if not alive:
                break
            for pid in alive:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.process.poll()
            time.sleep(0.02)
        self.process.wait(10)
        base = next((line.split()[1] for line in open("/proc/mounts") if line.split()[2] == "cgroup2"), None)
        for group in range(4) if base else ():
            path = f"{base}/vedette-simulator-{self.process.pid}-{group}"
            if os.path.isdir(path):
                for _ in range(50):
                    try:
                        with open(path + "/cgroup.freeze", "w") as opened:
                            opened.write("0")
                        os.rmdir(path)
                        break
                    except OSError:
                        time.sleep(0.02)


def copy_tree(source, target):
    subprocess.run(["cp", "-r", "--reflink=never", str(source), str(target)], check=True)


def changed(before, now):
    return sorted(path for path, digest in before.items() if now.get(path) != digest)


def run_cell(programs, vedette, mount, source, cell, timeout=60, options=(), slack=0.0):
    """cell: {"pattern", "how", "warm", "seed", ...}. Returns it with what was measured."""
    home = mount.at / "cell"
    shutil.rmtree(home, ignore_errors=True)
    tree = home / "data"
    home.mkdir()
    copy_tree(source, tree)
    before = corpus.hashes(tree)
    os.sync() if not cell["warm"] else None
    if not cell["warm"]:
        mount.cold()
    out = dict(cell, fs=mount.kind, files=len(before))
    guard = Guard(vedette, [tree], home / "vault")
    attacker = None
    try:
        attacker = Attacker(programs, tree, mount.at.parent / "journal", cell["pattern"], cell["how"], cell["seed"],
                            options)
        deadline = time.time() + timeout
        while time.time() < deadline and attacker.process.poll() is None and not guard.said("incident"):
            guard.wait(lambda: guard.said("incident"), 0.1)
        # It may be over before the last close is judged; and several actors are stopped one by one.
        count, since = -1, time.time()
        while time.time() - since < SETTLE + slack and time.time() < deadline:
            now = (len(guard.said("incident")), len(attacker.said()))
            if now != count:
                count, since = now, time.time()
            time.sleep(0.05)
        incidents = guard.said_at("incident")
        at_stop = corpus.hashes(tree)
        out["detected"] = bool(incidents)
        out["finished"] = attacker.process.poll() is not None
        out["modified"] = len(changed(before, at_stop))
        said = attacker.said()
        out["done"] = sum(1 for x in said if x["event"] == "done")
        first = min((x["at_ns"] for x in said if x["event"] == "done"), default=None)
        if incidents:
            frozen = [frozen_at_ns(told) for _, told in incidents]
            out["first_close_to_frozen_ms"] = round((frozen[0] - first) / 1e6, 2) if first else None
            out["close_to_frozen_ms"] = [round(told["close_to_frozen_ms"], 2) for _, told in incidents]
            out["incidents"] = len(incidents)
            out["counted_by_guard"] = sum(told["files_changed"] for _, told in incidents)
            out["reasons"] = [reason["key"] for _, told in incidents for reason in told["reasons"]]
        out["rollback_failed"] = 0
        for _, told in incidents:
            answer = guard.ask("rollback", told["id"])
            out["rollback_failed"] += answer.get("failed", 1)
            if "text" in answer and answer["event"] == "failed":
                out["rollback_error"] = answer["text"]
            elif answer.get("failed"):
                out["rollback_error"] = next((f"{f['path']}: {f['error']}" for f in answer["files"] if "error" in f), "")
        after = corpus.hashes(tree)
        lost = changed(before, after)
        out["lost"] = len(lost)
        out["lost_paths"] = lost[:8]
        out["left_over"] = sorted(path for path in after if path not in before)[:8]
        out["notices"] = sorted({told["event"] for _, told in guard.lines} - {"started", "incident", "rollback"})
    finally:
        if attacker is not None:
            attacker.end()
        ended = guard.stop()
        if ended:
            out["guard_ended"] = ended
    return out
