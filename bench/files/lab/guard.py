"""The guard as a person starts it: vedette files guard DIR --json, and what it says."""
import datetime
import json
import signal
import subprocess
import threading
import time

from . import rank


class Guard:
    def __init__(self, program, trees, vault, mode="hold", options=()):
        self.program, self.vault = str(program), str(vault)
        self.lines, self.changed = [], threading.Condition()
        self.process = subprocess.Popen(
            [self.program, "files", "guard", *map(str, trees), "--mode", mode, "--vault", self.vault, "--json",
             *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
            preexec_fn=rank.take)
        threading.Thread(target=self._read, daemon=True).start()
        if not self.wait(lambda: self.said("started"), 20):
            self.process.kill()
            raise RuntimeError("the guard did not start: " + self.process.stderr.read()[:500])

    def _read(self):
        for line in self.process.stdout:
            try:
                told = json.loads(line)
            except ValueError:
                told = {"event": "not_json", "text": line[:500]}
            with self.changed:
                self.lines.append((time.time_ns(), told))
                self.changed.notify_all()

    def said(self, event):
        return [told for _, told in self.lines if told["event"] == event]

    def wait(self, ready, seconds):
        with self.changed:
            return self.changed.wait_for(ready, seconds)

    def said_at(self, event):
        return [(at, told) for at, told in self.lines if told["event"] == event]

    def ask(self, what, incident):
        done = subprocess.run([self.program, "files", what, incident, "--vault", self.vault, "--json"],
                              capture_output=True, text=True, timeout=120)
        try:
            return json.loads(done.stdout.strip().split("\n")[-1])
        except ValueError:
            return {"event": "failed", "text": (done.stdout + done.stderr)[-500:]}

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "it did not end when told to"
        return None if self.process.returncode == 0 else f"exit code {self.process.returncode}"


def frozen_at_ns(incident):
    """Wall time at which everything was frozen: the verdict's and how long freezing took."""
    at = datetime.datetime.fromisoformat(incident["at"].replace("Z", "+00:00"))
    return int(at.timestamp() * 1000) * 1_000_000 + int(incident["freeze_ms"] * 1e6)
