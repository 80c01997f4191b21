"""The rivals: rules that hear of changes afterwards (files_baselines), and aide, which looks when it is told to."""
import json
import os
import random
import shutil
import subprocess
import threading
import time

from . import corpus
from .attack import Attacker, changed, copy_tree


def lay_canaries(tree, listed):
    """A bait file in each folder, with a random name and the bytes of a real document; returns the list's path."""
    r = random.Random(9)
    paths = []
    for root, _, names in os.walk(tree):
        source = [name for name in names if not name.startswith(".")]
        if not source:
            continue
        pick = r.choice(sorted(source))
        path = os.path.join(root, f"{r.choice(corpus.WORDS[:30])}-{r.randint(1000, 9999)}" + os.path.splitext(pick)[1])
        shutil.copy(os.path.join(root, pick), path)
        paths.append(path)
    listed.write_text("\n".join(paths) + "\n")
    return listed


class Listener:
    def __init__(self, programs, tree, rule, freeze=None, canaries=None):
        self.rule = rule
        words = [programs / "files_baselines", str(tree), "--rule", rule]
        words += ["--freeze", freeze] if freeze else []
        words += ["--canaries", str(canaries)] if canaries else []
        self.lines = []
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.ready = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        if not self.ready.wait(10):
            raise RuntimeError("the rule did not start: " + rule)

    def _read(self):
        for line in self.process.stdout:
            told = json.loads(line)
            if told["event"] == "ready":
                self.ready.set()
            else:
                self.lines.append(told)

    def alarmed(self):
        return bool(self.lines)

    def stop(self):
        self.process.terminate()
        self.process.wait(5)


def run_rule(lab, mount, rule, pattern, how, half, seed):
    home = mount.at / "cell"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    tree = home / "data"
    copy_tree(lab.work / "corpus" / half, tree)
    canaries = lay_canaries(tree, home / "canaries")
    before = corpus.hashes(tree)
    listener = Listener(lab.programs, tree, rule, freeze=str(tree), canaries=canaries)
    attacker = Attacker(lab.programs, tree, mount.at.parent / "journal", pattern, how, seed)
    row = {"part": "baseline", "rule": rule, "pattern": pattern, "how": how, "half": half, "fs": mount.kind}
    try:
        count, since, deadline = -1, time.time(), time.time() + 40
        while time.time() - since < 0.5 and time.time() < deadline:
            now = len(attacker.said())
            if now != count:
                count, since = now, time.time()
            time.sleep(0.05)
        row["detected"] = listener.alarmed()
        row["modified"] = len(changed(before, corpus.hashes(tree)))
        row["files"] = len(before)
        first = min((x["at_ns"] for x in attacker.said() if x["event"] == "done"), default=None)
        if listener.alarmed() and first:
            row["first_close_to_frozen_ms"] = round((listener.lines[0]["at_ns"] - first) / 1e6, 2)
    finally:
        attacker.end()
        listener.stop()
    lab.keep(row)
    return row


def run_aide(lab, mount, half):
    """aide compares with its database when it runs; what happens until then is lost, and it stops nobody."""
    if shutil.which("aide") is None:
        return {"part": "baseline", "rule": "aide", "skipped": "aide is not installed"}
    home = mount.at / "cell"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    tree = home / "data"
    copy_tree(lab.work / "corpus" / half, tree)
    before = corpus.hashes(tree)
    config = home / "aide.conf"
    config.write_text(f"database_in=file:{home}/db\ndatabase_out=file:{home}/db\nreport_url=stdout\n{tree} sha256+p+s\n")
    made = subprocess.run(["aide", "--config", str(config), "--init"], capture_output=True, text=True)
    attacker = Attacker(lab.programs, tree, mount.at.parent / "journal", "full_in_place", "one", 1)
    attacker.process.wait(60)
    began = time.time()
    checked = subprocess.run(["aide", "--config", str(config), "--check"], capture_output=True, text=True)
    row = {"part": "baseline", "rule": "aide", "pattern": "full_in_place", "how": "one", "half": half, "fs": mount.kind,
           "detected": 1 <= checked.returncode <= 7, "modified": len(changed(before, corpus.hashes(tree))),
           "files": len(before), "check_seconds": round(time.time() - began, 2)}
    if made.returncode:
        row["failed"] = (made.stderr or made.stdout)[-300:]
    attacker.end()
    lab.keep(row)
    return row
