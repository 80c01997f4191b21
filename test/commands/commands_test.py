"""Every command of the built program as a person at a shell uses it: right and wrong, beside a running server
with TLS and on the data folder of a stopped one, with reload, signs of life to a service manager, backup and
restore. Needs only Python's own library and openssl."""
import base64
import hmac
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

VEDETTE = Path(sys.argv.pop(1)).resolve()
SOURCE = Path(__file__).resolve().parents[2]
PATIENCE = 120  # seconds, for a machine that is busy with other things
PASSWORD = "correct horse battery"
# Commands with tests of their own elsewhere.
ELSEWHERE = ("files ", "agent", "hosts ", "patches ", "logs ", "messages ")
tried = set()


def vedette(*words, feed="", env=None):
    done = subprocess.run([VEDETTE, *map(str, words)], input=feed, capture_output=True, text=True,
                          timeout=PATIENCE, env={**os.environ, **(env or {})})
    tried.update((str(words[0]), " ".join(map(str, words[:2]))) if words else ())
    return done


def eventually(what, probe):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = probe()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"never came: {what}")


def certificate(folder, name, host):
    made = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                           "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem", "-subj", f"/CN={host}",
                           "-addext", f"subjectAltName=DNS:{host}"], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Instance:
    """A folder with a configuration, and the server on it while it runs."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="vedette-commands-"))
        self.data = self.folder / "data"
        self.config = self.folder / "vedette.toml"
        self.port = free_port()
        # The certificate names the address people use, as everywhere: not the loopback address.
        certificate(self.folder, "one", "localhost")
        certificate(self.folder, "two", "vedette.example.org")
        self.use_certificate("one")
        self.configure()
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notices.bind(str(self.folder / "notify"))
        self.notices.settimeout(PATIENCE)
        self.process = None

    def use_certificate(self, name):
        for kind in ("pem", "key"):
            shutil.copy(self.folder / f"{name}.{kind}", self.folder / f"server.{kind}")

    def configure(self, more=""):
        self.config.write_text(f"""[server]
data_dir = "{self.data}"
listen = "127.0.0.1:{self.port}"
tls_certificate = "{self.folder}/server.pem"
tls_key = "{self.folder}/server.key"
[sites]
allow_loopback = true
chromium = "none"
dns_interval_seconds = 0
{more}
""")

    def start(self):
        log = open(self.folder / "log", "a")
        environment = {**os.environ, "NOTIFY_SOCKET": str(self.folder / "notify"), "WATCHDOG_USEC": "2000000"}
        environment.pop("WATCHDOG_PID", None)
        self.process = subprocess.Popen([VEDETTE, "server", "--config", self.config], stdout=log,
                                        stderr=log, env=environment)
        log.close()
        tried.add("server")
        self.heard("READY=1")

    def heard(self, notice):
        while (got := self.notices.recv(200).decode()) != notice:
            pass
        return got

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        code = self.process.wait(PATIENCE)
        self.process = None
        return code

    def reload(self):
        self.process.send_signal(signal.SIGHUP)
        self.heard("RELOADING=1")
        self.heard("READY=1")

    def text(self):
        return (self.folder / "log").read_text()

    def __call__(self, *words, **how):
        return vedette(*words, "--config", self.config, **how)

    def token(self):
        return json.loads((self.data / "local.json").read_text())["token"]

    def remove(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        self.notices.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Commands(unittest.TestCase):
    def setUp(self):
        self.instance = Instance()
        self.addCleanup(self.instance.remove)

    def second_factor(self, vedette, name, password):
        """Set up as the console does it; the code is computed here, after RFC 6238."""
        there = f"https://localhost:{vedette.port}"
        context = ssl.create_default_context(cafile=vedette.folder / "one.pem")
        headers = {"Content-Type": "application/json", "Origin": there}

        def post(path, body):
            request = urllib.request.Request(f"{there}/api/v1{path}", json.dumps(body).encode(), headers)
            with urllib.request.urlopen(request, context=context, timeout=PATIENCE) as answer:
                return json.load(answer), answer.headers.get("Set-Cookie", "").split(";")[0]

        signed_in, headers["Cookie"] = post("/session", {"username": name, "password": password})
        headers["X-CSRF-Token"] = signed_in["csrf_token"]
        secret = base64.b32decode(post("/me/second-factor", {"password": password})[0]["secret"])
        mac = hmac.digest(secret, struct.pack(">Q", int(time.time()) // 30), "sha1")
        code = (struct.unpack_from(">I", mac, mac[19] & 15)[0] & 0x7FFFFFFF) % 1_000_000
        post("/me/second-factor/confirm", {"code": f"{code:06}"})

    def well(self, done, *said):
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        self.assertEqual(done.stderr, "")
        for text in said:
            self.assertIn(text, done.stdout)
        return done.stdout

    # The password alone is on the standard output, so that it can be printed; what to do with it is said beside it.
    def sealed(self, done):
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        self.assertIn("envelope", done.stderr)
        self.assertRegex(done.stdout, r"^([a-z2-7]{5}-){7}[a-z2-7]{5}\n$")
        return done.stdout

    def refused(self, done, *said, code=2):
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        for text in said:
            self.assertIn(text, done.stderr)
        self.assertNotEqual(done.stderr.strip(), "")
        return done.stderr

    def test_people_and_sites_beside_a_running_server(self):
        vedette = self.instance
        self.refused(vedette("sites", "list"), "holds no Vedette data")
        vedette.start()
        self.everyday(vedette)

    def test_people_and_sites_on_a_stopped_instance(self):
        vedette = self.instance
        vedette.start()
        self.assertEqual(vedette.stop(), 0)
        self.assertFalse((vedette.data / "local.json").exists())
        self.everyday(vedette)

    def everyday(self, vedette):
        self.well(vedette("users", "setup-link"), f"https://127.0.0.1:{vedette.port}/setup?token=")
        self.well(vedette("users", "list"))
        self.well(vedette("users", "add", "lan", "--role", "admin", feed=PASSWORD + "\n"), "lan can sign in")
        self.refused(vedette("users", "add", "lan", feed=PASSWORD + "\n"), "of this name already")
        self.refused(vedette("users", "add", "binh", feed="short\n"), "fewer than")
        self.refused(vedette("users", "add", "binh", feed=""), "no password was given")
        self.refused(vedette("users", "add", "binh", "--role", "king", feed=PASSWORD + "\n"), "--role")
        self.well(vedette("users", "add", "binh", "--role", "analyst", "--display-name", "Bình", feed=PASSWORD + "\n"))
        self.well(vedette("users", "list"), "binh", "analyst", "Bình")
        self.well(vedette("users", "disable", "binh"))
        self.well(vedette("users", "list"), "disabled")
        self.well(vedette("users", "enable", "binh"))
        self.refused(vedette("users", "disable", "nobody"), "no such user")
        self.refused(vedette("users", "disable", "lan"), "last administrator")
        self.well(vedette("users", "reset-password", "binh", feed="another long phrase\n"))
        self.refused(vedette("users", "reset-second-factor", "binh"), "no second factor")
        sealed, anew = (self.sealed(vedette("users", "break-glass", "phong.bi")) for _ in range(2))
        self.assertNotEqual(sealed, anew, "sealed anew")
        self.refused(vedette("users", "break-glass", "lan"), "of this name already")
        self.refused(vedette("users", "setup-link"), "set up already")

        closed = f"http://127.0.0.1:{free_port()}/"
        self.well(vedette("sites", "add", closed, "--name", "Cổng", "--tag", "a", "--tag", "b", "--interval", "60"), "Cổng")
        self.refused(vedette("sites", "add", closed), "is watched already")
        self.refused(vedette("sites", "add", "no-address"), "scheme")
        self.refused(vedette("sites", "add", "http://169.254.169.254/"), "never fetched")
        self.refused(vedette("sites", "add", "http://x.example/", "--interval", "1"), "interval_s")
        listed = self.well(vedette("sites", "list", "--json", "--tag", "a", "--query", "cổng"))
        self.assertEqual(json.loads(listed)["tags"], ["a", "b"])
        self.refused(vedette("sites", "list", "--state", "odd"), "state must be one of")
        lines = vedette.folder / "lines.txt"
        lines.write_text(f"http://a.example/ A\n# a comment\nnonsense\nhttp://a.example/\n{closed}\n")
        shown = self.refused(vedette("sites", "import", lines, "--dry-run"), ":3: skipped", ":4: skipped", ":5: skipped", code=1)
        self.assertNotIn("a.example", self.well(vedette("sites", "list")))
        self.assertEqual(self.refused(vedette("sites", "import", lines), code=1).count("skipped"), shown.count("skipped"))
        self.well(vedette("sites", "list"), "http://a.example/")
        self.refused(vedette("sites", "import", vedette.folder / "none"), "cannot be read")
        self.refused(vedette("sites", "import", lines, "--format", "uptime-kuma"), "not JSON")
        self.refused(vedette("sites", "approve", "Cổng"), "no version")
        self.refused(vedette("sites", "approve", closed), "no version")  # by its address
        self.refused(vedette("sites", "approve", "another"), "not watched")
        self.well(vedette("sites", "ignore", "Cổng", "script https://ads.example", "--reason", "ads"), "never alarms again")
        self.refused(vedette("sites", "ignore", "Cổng", "x"), "--reason")
        self.well(vedette("audit", "verify"), "whole")

    def test_a_lost_second_factor_is_taken_away(self):
        vedette = self.instance
        vedette.start()
        self.well(vedette("users", "add", "binh", "--role", "lead", feed=PASSWORD + "\n"))
        self.second_factor(vedette, "binh", PASSWORD)
        self.well(vedette("users", "reset-second-factor", "binh"), "the password alone")
        self.second_factor(vedette, "binh", PASSWORD)  # signs in with the password alone again
        self.assertEqual(vedette.stop(), 0)
        self.well(vedette("users", "reset-second-factor", "binh"), "the password alone")

    def test_a_version_is_approved(self):
        vedette = self.instance
        page = vedette.folder / "www"
        page.mkdir()
        (page / "index.html").write_text("<title>Trang chủ</title>" + "".join(f"<p>Đoạn văn số {i}</p>" for i in range(20)))
        port = free_port()
        web = subprocess.Popen([sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", page],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (web.kill(), web.wait()))
        vedette.start()
        eventually("the web server", lambda: listens(port))
        self.well(vedette("sites", "add", f"http://127.0.0.1:{port}/", "--name", "here", "--interval", "5"))
        kept = eventually("a kept version", lambda: json.loads(vedette("sites", "list", "--json").stdout)["last_snapshot"])
        self.well(vedette("sites", "approve", "here"), kept)
        self.refused(vedette("sites", "approve", "here", "--snapshot", "none"))

    def test_another_machine_needs_token_and_trust(self):
        vedette = self.instance
        vedette.start()
        there = f"https://localhost:{vedette.port}"
        trust = ("--ca-file", vedette.folder / "server.pem")
        self.refused(vedette("sites", "list", "--server", there), "--token")
        self.refused(vedette("sites", "list", "--server", there, "--token", "vdt_x"), "certificate")
        self.refused(vedette("sites", "list", "--server", there, "--token", "vdt_x", *trust), "unknown or has expired")
        self.refused(vedette("sites", "list", "--server", there, "--token", "vdt_x", "--ca-file", "/none.pem"), "/none.pem")
        self.well(vedette("sites", "list", "--server", there + "/", *trust, env={"VEDETTE_TOKEN": vedette.token()}))
        self.well(vedette("users", "setup-link", "--server", there, *trust, env={"VEDETTE_TOKEN": vedette.token()}), there + "/setup")

    def test_the_local_token_goes_to_no_other_server(self):
        vedette = self.instance
        vedette.start()
        access = json.loads((vedette.data / "local.json").read_text())
        self.assertEqual((vedette.data / "local.json").stat().st_mode & 0o777, 0o600)
        access["pinned_key"] = "sha256//" + "A" * 43 + "="
        (vedette.data / "local.json").write_text(json.dumps(access) + "\n")
        self.refused(vedette("sites", "list"), "public key")

    def test_a_second_server_is_refused(self):
        vedette = self.instance
        vedette.start()
        second = vedette("server", "--listen", f"127.0.0.1:{free_port()}")
        self.refused(second, "another Vedette process works on", str(vedette.data), "--data")
        self.well(vedette("sites", "list"))
        # However it ends, the folder is free again.
        self.assertEqual(vedette.stop(signal.SIGKILL), -signal.SIGKILL)
        self.assertTrue((vedette.data / "local.json").exists())
        self.well(vedette("sites", "list"))
        vedette.start()
        self.well(vedette("sites", "list"))
        self.assertEqual(vedette.stop(signal.SIGINT), 0)

    def test_reload_drops_no_connection(self):
        vedette = self.instance
        vedette.start()
        context = ssl._create_unverified_context()

        def connect():
            return context.wrap_socket(socket.create_connection(("127.0.0.1", vedette.port), PATIENCE))

        def ask(connection):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            return connection.recv(4096).split(b"\r\n")[0]

        kept = connect()
        self.assertEqual(ask(kept), b"HTTP/1.1 200 OK")
        vedette.use_certificate("two")
        vedette.configure("interval_seconds = 77\n")
        vedette.reload()
        self.assertEqual(ask(kept), b"HTTP/1.1 200 OK")
        fresh = connect()
        self.assertEqual(ask(fresh), b"HTTP/1.1 200 OK")
        self.assertNotEqual(fresh.getpeercert(True), kept.getpeercert(True))
        self.assertIn("sites.interval_seconds", vedette.text())
        self.well(vedette("users", "list"))  # commands know the new key
        vedette.configure("intervall_seconds = 78\n")
        vedette.reload()
        self.assertIn("the old one stays in force", vedette.text())
        self.assertIn("did you mean sites.interval_seconds", vedette.text())
        self.assertEqual(ask(kept), b"HTTP/1.1 200 OK")
        vedette.configure("judge_threads = 3\n")
        vedette.reload()
        self.assertIn("these keys take effect at the next start", vedette.text())
        for connection in (kept, fresh):
            connection.close()

    def test_the_service_manager_hears_of_life_and_end(self):
        vedette = self.instance
        vedette.start()
        vedette.heard("WATCHDOG=1")
        vedette.process.send_signal(signal.SIGTERM)
        vedette.heard("STOPPING=1")
        self.assertEqual(vedette.process.wait(PATIENCE), 0)

    def test_the_unit_file_is_well_formed(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not installed")
        # As after the installation: the binary and the manual are where the unit says.
        unit = (SOURCE / "packaging/vedette.service").read_text().replace("/usr/bin/vedette", str(VEDETTE))
        unit = unit.replace("man:vedette(1)", f"file:{SOURCE}/packaging/vedette.1")
        path = self.instance.folder / "vedette.service"
        path.write_text(unit)
        checked = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True)
        mine = [line for line in checked.stderr.splitlines() if "vedette" in line]
        self.assertEqual(mine, [], checked.stderr)

    def test_backup_beside_a_running_server_and_restore(self):
        vedette = self.instance
        vedette.start()
        self.well(vedette("users", "add", "lan", "--role", "admin", feed=PASSWORD + "\n"))
        copy = vedette.folder / "copy.db"
        self.well(vedette("backup", copy), str(copy), "snapshots", "key file")
        self.refused(vedette("backup", copy), "exists already")
        self.refused(vedette("backup", "/nonexistent/copy.db"), "/nonexistent/copy.db")
        self.well(vedette("users", "add", "binh", feed=PASSWORD + "\n"))
        self.refused(vedette("restore", copy), "a server works on", "stop it first")
        vedette.stop(signal.SIGKILL)
        self.refused(vedette("restore", vedette.folder / "none.db"), "no such file")
        other = vedette.folder / "other.db"
        other.write_text("garbage")
        self.refused(vedette("restore", other), "not a Vedette database")
        other.unlink()
        with sqlite3.connect(other) as database:
            database.execute("CREATE TABLE diary(day TEXT)")
        self.refused(vedette("restore", other), "another program")
        self.well(vedette("users", "list"), "binh")
        self.well(vedette("restore", copy), "is in place")
        listed = self.well(vedette("users", "list"), "lan")
        self.assertNotIn("binh", listed)
        self.assertEqual(len(list(vedette.data.glob("*.before-restore-*"))), 1)
        vedette.start()
        self.well(vedette("audit", "verify"), "whole")

    def test_a_broken_audit_chain_is_told(self):
        vedette = self.instance
        vedette.start()
        self.well(vedette("users", "add", "lan", "--role", "admin", feed=PASSWORD + "\n"))
        vedette.stop()
        with sqlite3.connect(vedette.data / "vedette.db") as database:
            database.execute("UPDATE audit_log SET actor = 'somebody else' WHERE sequence = 2")
        self.refused(vedette("audit", "verify"), "does not fit together", code=1)

    def test_the_watchdog_shouts_when_the_server_hangs(self):
        one = self.instance
        self.refused(vedette("watchdog", "--url", "https://localhost:1/healthz"), "--command or --webhook")
        one.start()
        heard = one.folder / "heard"
        watchdog = subprocess.Popen(
            [VEDETTE, "watchdog", "--url", f"https://localhost:{one.port}/healthz", "--ca-file", one.folder / "one.pem",
             "--every", "1", "--silent-after", "3", "--command", f'echo "$VEDETTE_STATE: $VEDETTE_TEXT" >> {heard}'],
            stderr=subprocess.DEVNULL)
        try:
            time.sleep(5)
            self.assertFalse(heard.exists(), "it shouts though the server is well")
            one.process.send_signal(signal.SIGSTOP)
            eventually("a shout", lambda: heard.exists() and heard.read_text().startswith("silent: "))
            one.process.send_signal(signal.SIGCONT)
            eventually("the all-clear", lambda: "back: " in heard.read_text())
            watchdog.terminate()
            self.assertEqual(watchdog.wait(PATIENCE), 0)
        finally:
            one.process.send_signal(signal.SIGCONT)
            watchdog.kill()
            watchdog.wait()

    def test_configuration_is_checked(self):
        self.well(vedette("check-config", self.instance.config), "well")
        wrong = self.instance.folder / "wrong.toml"
        wrong.write_text('[server]\nlisten = "0.0.0.0:80"\nlistn = "x"\n[foo]\na = 1\n')
        said = self.refused(vedette("check-config", wrong), "wrong.toml:3", "did you mean server.listen", "foo", code=1)
        self.assertIn("unencrypted", said)
        wrong.write_text("[server\n")
        self.refused(vedette("check-config", wrong), "wrong.toml:1", "is not TOML", code=1)
        self.refused(vedette("check-config", "/none.toml"), "cannot be read", code=1)
        default = self.instance.folder / "default.toml"
        default.write_text(self.well(vedette("check-config", "--default")))
        self.well(vedette("check-config", default))
        self.assertEqual(self.well(vedette("check-config", "--markdown")), (SOURCE / "docs/configuration.md").read_text())

    def test_legal_clocks_are_checked_and_counted(self):
        self.well(vedette("clocks", "check"), "eu_nis2: verified", "vn_2017_05: unverified")
        own = self.instance.folder / "law"
        (own / "regimes").mkdir(parents=True)
        sla = (SOURCE / "content/regimes/internal_sla.toml").read_text()
        (own / "regimes/own.toml").write_text(sla.replace('id = "internal_sla"', 'id = "own"').replace("hours = 4", "hours = 2"))
        self.well(vedette("clocks", "check", own), "own: unverified")
        said = self.well(vedette("clocks", "count", "--folder", own, "--regime", "own", "--detected", "2026-11-20T02:00:00Z",
                                 "--finished", "2026-11-27T03:00:00Z"))
        self.assertIn("due 2026-11-20T11:00:00 Asia/Ho_Chi_Minh (2026-11-20T04:00:00.000Z)", said)
        self.assertIn("due 2026-12-11T23:59:59 Asia/Ho_Chi_Minh", said)
        self.assertIn("assumed: The days off of 2026", said)
        config = self.instance.folder / "law.toml"
        config.write_text(f'[desk]\nregimes = "{own}"\n')
        self.well(vedette("check-config", config))
        (own / "regimes/own.toml").write_text(sla.replace("hours = 4", "hour = 4"))
        self.refused(vedette("clocks", "check", own), "own.toml:", "give the period once", code=1)
        self.refused(vedette("check-config", config), "own.toml:", code=1)
        self.refused(vedette("clocks", "check", "/none"), "neither a folder regimes")
        self.refused(vedette("clocks", "count", "--regime", "none"), "there is no regime")
        self.refused(vedette("clocks", "count", "--detected", "yesterday"), "yesterday")

    def test_a_bundle_of_evidence_is_checked(self):
        bundle = SOURCE / "fuzz/corpus/bundle/one_file"
        said = self.well(vedette("evidence", "verify", bundle))
        self.assertIn("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824  a.txt", said)
        self.assertIn("compare it with the key", said)
        key = re.search(r"signed with ([^;\n]+)", said).group(1)
        self.assertNotIn("compare it", self.well(vedette("evidence", "verify", bundle, "--key", key)))
        with tempfile.TemporaryDirectory() as folder:
            changed = Path(folder) / "changed.tar"
            changed.write_bytes(bundle.read_bytes().replace(b"hello", b"hallo"))
            for done, code, why in ((vedette("evidence", "verify", changed), 1, "was changed"),
                                    (vedette("evidence", "verify", bundle, "--key", "A" * 43 + "="), 1, "not with the one given"),
                                    (vedette("evidence", "verify", SOURCE / "README.md"), 2, "no evidence bundle"),
                                    (vedette("evidence", "verify", Path(folder) / "none"), 2, "cannot be opened")):
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(why, done.stderr)

    def test_playbooks_of_ones_own_are_checked(self):
        own = self.instance.folder / "playbooks"
        own.mkdir()
        phishing = (SOURCE / "content/playbooks/phishing.toml").read_text()
        (own / "mine.toml").write_text(phishing.replace('id = "phishing"', 'id = "mine"'))
        config = self.instance.folder / "playbooks.toml"
        config.write_text(f'[desk]\nplaybooks = "{own}"\n')
        self.well(vedette("check-config", config))
        (own / "mine.toml").write_text(phishing.replace('phase = "analysis"', 'phase = "panic"', 1))
        self.refused(vedette("check-config", config), "mine.toml:", "phase: write one of", code=1)

    def test_wrong_words_are_named(self):
        self.refused(vedette("nonsense"), 'no command "vedette nonsense"', "--help")
        self.refused(vedette("sites", "lst"), 'did you mean "vedette sites list"?')
        self.refused(vedette(), "--help")
        self.refused(vedette("users"), "--help")
        self.refused(vedette("server", "extra"), "extra")
        self.refused(vedette("sites", "list", "--colour"), "--colour")
        self.well(vedette("--version"), "vedette ")
        self.well(vedette("--help"), "server", "sites", "backup")

    def test_commands_without_an_instance(self):
        self.assertEqual(vedette("sites", "check", "no-address").returncode, 2)
        pages = self.instance.folder / "pages/front"
        pages.mkdir(parents=True)
        for i in range(12):
            (pages / f"{i:02}.html").write_text("<title>Trang</title>" + "".join(f"<p>Đoạn văn số {j}</p>" for j in range(30)) + f"<i>{i}</i>")
        replayed = self.well(vedette("sites", "replay", pages.parent, "--learn", "8", "--json"))
        self.assertEqual(json.loads(replayed.splitlines()[-1])["critical"], 0)
        self.refused(vedette("sites", "replay", "/none"), "/none")
        self.well(vedette("man"), ".TH VEDETTE")
        for shell in ("bash", "zsh", "fish"):
            self.well(vedette("completion", shell), "vedette")
        bash = self.instance.folder / "completion"
        bash.write_text(vedette("completion", "bash").stdout + "\nCOMP_WORDS=(vedette sites '')\nCOMP_CWORD=2\n_vedette\necho ${COMPREPLY[@]}\n")
        completed = subprocess.run(["bash", bash], capture_output=True, text=True)
        self.assertIn("replay", completed.stdout.split(), completed.stderr)
        self.refused(vedette("completion", "tcsh"), "tcsh")

    @classmethod
    def tearDownClass(cls):
        manual = [line.split('"')[1].removeprefix("vedette ")
                  for line in vedette("man").stdout.replace("\\-", "-").splitlines() if line.startswith(".SS")]
        assert manual
        untried = [entry for entry in manual if not entry.startswith(ELSEWHERE)
                   and entry.split()[0] not in tried]
        untried += [entry for entry in manual if entry.split()[0] in ("users", "sites", "audit")
                    and " ".join(entry.split()[:2]) not in tried]
        assert not untried, f"commands of the manual that nobody tried: {untried}"


if __name__ == "__main__":
    if not shutil.which("openssl"):
        print("not run here: openssl is not installed")
        sys.exit(77)
    ran = unittest.main(verbosity=1, exit=False).result
    for test, reason in ran.skipped:
        print(f"[  SKIPPED ] {test.id()}: {reason} (0 ms)")  # the form that script/test collects
    sys.exit(0 if ran.wasSuccessful() else 1)
