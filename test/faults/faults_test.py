"""The whole server on a machine that misbehaves. A disk that is full: nothing that was acknowledged is lost, nothing
is acknowledged that is not kept, it says what is wrong and goes on by itself. A clock that is set back and forth:
nothing comes late, nothing is lost.

The full disk is a small tmpfs in a mount namespace of the test's own; the clock is libfaketime's. What is missing
here is skipped by name."""
import glob
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from server import Server, eventually

VEDETTE = Path(sys.argv[1] if len(sys.argv) > 1 else "build/debug/vedette").resolve()
DISK_MIB = 24


class FullDisk(unittest.TestCase):
    def setUp(self):
        if os.environ.get("VEDETTE_FAULTS_NAMESPACE") != "1":
            self.skipTest("no mount namespace may be made here (unshare --mount)")
        self.folder = Path(tempfile.mkdtemp(prefix="vedette-disk-"))
        data = self.folder / "data"
        data.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "vedette-test", data], check=True)
        self.server = Server(VEDETTE, self.folder)
        self.addCleanup(self.tidy)

    def tidy(self):
        self.server.close()
        subprocess.run(["umount", "-l", self.folder / "data"], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def fill(self):
        """Until the server's own writes fail: what is free inside its files is used up too."""
        with open(self.folder / "data/ballast", "ab", buffering=0) as ballast:
            def full():
                try:
                    while True:
                        ballast.write(b"x" * 4096)
                except OSError:
                    pass
                status, answer = self.server.ask("PATCH", f"/sites/{self.sites[0]}", {"name": "renamed " * 20})
                return answer if status == 503 else None
            return eventually("a write is refused", full)

    def free(self):
        (self.folder / "data/ballast").unlink()

    def agrees(self, alert, done):
        """The answers that were given and what is there now."""
        sites = {site["id"]: site for site in self.server.get("/sites?limit=500")["items"]}
        self.assertEqual(self.server.get(f"/alerts/{alert['id']}")["state"], "closed" if done["close"] else "acknowledged")
        self.assertEqual(any("another.example" in site["url"] for site in sites.values()), done["add"])
        self.assertEqual(self.sites[2] in sites, not done["remove"])
        if not done["remove"]:
            self.assertEqual(sites[self.sites[2]]["window_until"] is not None, done["window"])
        return True

    def test_a_full_disk(self):
        server = self.server
        server.start()
        server.set_up()
        self.sites = server.learn("one", "two", "three")
        one, two, three = self.sites
        server.deface("one")
        first = eventually("the first alert", lambda: server.critical(one))[0]
        eventually("the first call", lambda: first["id"] in server.peer.alerts())
        server.put("POST", f"/alerts/{first['id']}/acknowledge", {"note": "seen"})
        before = server.get("/audit?limit=500")["items"]

        refused = self.fill()
        self.assertIn("disk is full", refused["detail"])
        # Reading goes on, and says what is wrong; whoever changes something is told that it was not done.
        self.assertEqual(server.get(f"/alerts/{first['id']}")["state"], "acknowledged")
        status, said = eventually("/healthz says so", lambda: (a := server.ask("GET", "/healthz", raw=True))[0] == 503 and a)
        self.assertIn("the disk is full", said)
        problems = eventually("the Health page says so", lambda: server.get("/health/detail")["problems"])
        self.assertIn("the disk is full", " ".join(problems))
        # A small write may still find room in a file that is there. Whatever is answered, it is so.
        done = {}
        for what, method, path, body in (
                ("close", "POST", f"/alerts/{first['id']}/close", {"resolution": "true_positive", "note": "mended"}),
                ("add", "POST", "/sites", {"url": "http://another.example/", "enabled": False}),
                ("window", "POST", f"/sites/{three}/windows", {"minutes": 5, "reason": "release"}),
                ("approve", "POST", f"/sites/{one}/approve", {"snapshot_id": server.get(f"/sites/{one}")["last_snapshot"]}),
                ("remove", "DELETE", f"/sites/{three}", None)):
            status, answer = server.ask(method, path, body)
            self.assertTrue(status < 300 or status == 503, f"{method} {path}: {status} {answer}")
            done[what] = status < 300
        self.assertIn(False, done.values())
        eventually("what was answered is so", lambda: self.agrees(first, done))
        server.deface("two")
        eventually("the log says so", lambda: "the disk is full" in server.text())
        calls = len(server.peer.calls)

        # A start on a full disk: it runs or it says why it does not; it destroys nothing.
        server.stop(signal.SIGKILL)
        server.start(wait=False)
        eventually("it runs or gives up", lambda: server.process.poll() is not None or server.ask("GET", "/healthz", raw=True)[0])
        if server.process.poll() is not None:
            self.assertRegex(server.text().splitlines()[-1], "disk|space")
            server.process = None
            self.free()
            server.start()
        else:
            self.free()
        eventually("it goes on by itself", lambda: server.ask("GET", "/healthz", raw=True)[0] == 200)
        second = eventually("the alert of what happened meanwhile", lambda: server.critical(two))[0]
        eventually("its call", lambda: second["id"] in server.peer.alerts())
        self.assertGreater(len(server.peer.calls), calls)
        self.assertTrue(self.agrees(first, done))
        after = {entry["hash"] for entry in server.get("/audit?limit=500")["items"]}
        self.assertEqual([entry for entry in before if entry["hash"] not in after], [], "audit rows are gone")
        self.assertTrue(server.get("/audit/verify")["ok"])
        self.assertEqual(server.get("/health/detail")["problems"], [])
        self.assertTrue(all(key for key, _ in server.peer.calls))
        # Every site is watched again, also the one whose removal failed.
        if not done["remove"]:
            server.put("DELETE", f"/sites/{three}/windows")
            server.deface("three")
            eventually("the third alert", lambda: server.critical(three))

    def test_a_disk_that_fills_and_empties_again_and_again(self):
        server = self.server
        server.start()
        server.set_up()
        self.sites = server.learn("one", *(f"p{i}" for i in range(4)))
        acknowledged = []
        for i, site in enumerate(self.sites[1:]):
            self.fill()
            server.deface(f"p{i}")
            done, answer = server.ask("POST", "/users", {"username": f"u{i}", "password": "another long phrase", "role": "viewer"})
            self.free()
            if done < 300:
                acknowledged.append(f"u{i}")
            eventually("the alert", lambda: server.critical(site))
        for site in self.sites[1:]:
            alert = server.critical(site)
            self.assertEqual(len(alert), 1)
            eventually("its call", lambda: alert[0]["id"] in server.peer.alerts())
        server.stop(signal.SIGKILL)
        server.start()
        present = {user["username"] for user in server.get("/users")["items"]}
        self.assertEqual([name for name in acknowledged if name not in present], [])
        self.assertTrue(server.get("/audit/verify")["ok"])


class SetClock(unittest.TestCase):
    def setUp(self):
        found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        if not found:
            self.skipTest("libfaketime is not installed (Debian: faketime)")
        self.folder = Path(tempfile.mkdtemp(prefix="vedette-clock-"))
        self.clock = self.folder / "clock"
        self.set("+0")
        self.server = Server(VEDETTE, self.folder, {
            "LD_PRELOAD": found[0], "FAKETIME_TIMESTAMP_FILE": str(self.clock), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1"})
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(self.server.close)

    def set(self, offset):
        fresh = self.folder / "clock.new"
        fresh.write_text(offset + "\n")
        fresh.rename(self.clock)

    def test_a_clock_that_is_set(self):
        server = self.server
        server.start()
        server.set_up(second_step_minutes=30)
        sites = server.learn("one", "two", "three")
        server.deface("one")
        first = eventually("the first alert", lambda: server.critical(sites[0]))[0]
        eventually("its call", lambda: first["id"] in server.peer.alerts())

        self.set("-2d")
        eventually("the server sees the other day", lambda: server.get("/health/detail")["now"][:10] < first["first_at"][:10])
        server.deface("two")
        second = eventually("an alert under the old date", lambda: server.critical(sites[1]))[0]
        eventually("its call, now and not in two days", lambda: second["id"] in server.peer.alerts())

        # A start with a clock behind what the database has seen.
        server.stop(signal.SIGKILL)
        server.start()
        server.deface("three")
        third = eventually("an alert after the start", lambda: server.critical(sites[2]))[0]
        eventually("its call", lambda: third["id"] in server.peer.alerts())

        # Nobody has answered: the next step of each ladder is due at the latest when the clock says so.
        self.set("+1d")
        for alert in (first, second, third):
            eventually("the next step", lambda: any(
                call["alert"]["id"] == alert["id"] and call["notification"]["step"] == 1 for _, call in server.peer.calls))
            server.put("POST", f"/alerts/{alert['id']}/acknowledge", {})
        self.assertTrue(server.get("/audit/verify")["ok"])
        eventually("nothing is owed", lambda: server.get("/health/detail")["desk"]["outbox_pending"] == 0)
        steps = sorted((call["alert"]["id"], call["notification"]["step"]) for _, call in server.peer.calls)
        self.assertEqual(steps, sorted(set(steps)), "a step was sent twice")
        eventually("it is well", lambda: server.ask("GET", "/healthz", raw=True)[0] == 200)


def in_a_namespace():
    """Starts this test again where it may mount: nothing of it is seen or left outside."""
    for how in (["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"]):
        tried = subprocess.run([*how, "sh", "-c", "mount -t tmpfs vedette-test /mnt"], capture_output=True)
        if tried.returncode == 0:
            environment = {**os.environ, "VEDETTE_FAULTS_NAMESPACE": "1"}
            return subprocess.run([*how, sys.executable, *sys.argv], env=environment).returncode
    return None


if __name__ == "__main__":
    if "VEDETTE_FAULTS_NAMESPACE" not in os.environ and shutil.which("unshare"):
        code = in_a_namespace()
        if code is not None:
            sys.exit(code)
    sys.argv[1:2] = []
    ran = unittest.main(verbosity=2, exit=False).result
    for test, reason in ran.skipped:
        print(f"[  SKIPPED ] {test.id()}: {reason} (0 ms)")  # the form that script/test collects
    if ran.testsRun == len(ran.skipped):
        sys.exit(77)
    sys.exit(0 if ran.wasSuccessful() else 1)
