"""The built program on a data folder of its own, the page it watches and the webhook it calls."""
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

PATIENCE = 180  # seconds, for a machine that is busy with other things
PASSWORD = "correct horse battery"


def eventually(what, probe, patience=PATIENCE):
    end = time.monotonic() + patience
    last = None
    while time.monotonic() < end:
        try:
            last = probe()
            if last:
                return last
        except (OSError, AssertionError) as error:
            last = error
        time.sleep(0.1)
    raise AssertionError(f"never came: {what} (last: {last!r})")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Peer:
    """An HTTP server in a thread: pages by path, and what was posted to it."""

    def __init__(self):
        self.pages, self.calls = {}, []
        peer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self, status, body):
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                page = peer.pages.get(self.path)
                self.answer(200 if page else 404, (page or "none").encode())

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                peer.calls.append((self.headers["Idempotency-Key"], json.loads(body)))
                self.answer(200, b"taken")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def alerts(self):
        return {call["alert"]["id"] for _, call in self.calls}

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def own_page(name):
    return f"<html><head><title>{name}</title></head><body><h1>{name}</h1>" + "".join(
        f"<p>Đoạn văn số {i} nói về công việc của cơ quan {name} trong năm nay.</p>" for i in range(25)) + "</body></html>"


def defaced_page(crew):
    return f"<html><head><title>HACKED BY {crew}</title></head><body bgcolor=black><h1>Hacked by {crew}</h1><p>Your security is zero. We are {crew}.</p></body></html>"


class Server:
    def __init__(self, program, folder, environment=None):
        self.program, self.folder = program, folder
        self.data = folder / "data"
        self.data.mkdir(exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = environment or {}
        self.token = ""
        self.process = None
        self.peer = Peer()
        (folder / "vedette.toml").write_text(f"""[server]
data_dir = "{self.data}"
listen = "127.0.0.1:{self.port}"
[desk]
mail_language = "en"
[sites]
allow_loopback = true
interval_seconds = 5
learn_fetches = 3
chromium = "none"
dns_interval_seconds = 0
resource_interval_seconds = 0
cloak_interval_seconds = 0
[tour]
enabled = false
""")

    def start(self, wait=True):
        with open(self.folder / "log", "a") as log:
            self.process = subprocess.Popen([self.program, "server", "--config", self.folder / "vedette.toml"],
                                            stdout=log, stderr=log, env={**os.environ, **self.environment})
        if wait:
            eventually("the server answers", lambda: self.ask("GET", "/healthz", raw=True)[0] and self.alive())

    def alive(self):
        assert self.process.poll() is None, f"the server ended: {self.text()[-2000:]}"
        return True

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        code = self.process.wait(PATIENCE)
        self.process = None
        return code

    def text(self):
        return (self.folder / "log").read_text()

    def ask(self, method, path, body=None, raw=False, headers=None):
        """(status, answer); errors of HTTP are answers too."""
        request = urllib.request.Request(self.url + (path if raw else "/api/v1" + path), method=method,
                                         data=None if body is None else json.dumps(body).encode())
        if self.token:
            request.add_header("Authorization", "Bearer " + self.token)
        request.add_header("Content-Type", "application/json")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, text = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read().decode()
        return status, text if raw or not text else json.loads(text)

    def get(self, path):
        status, answer = self.ask("GET", path)
        assert status == 200, f"{path}: {status} {answer}"
        return answer

    def put(self, method, path, body=None):
        status, answer = self.ask(method, path, body)
        assert status < 300, f"{method} {path}: {status} {answer}"
        return answer

    def set_up(self, second_step_minutes=None):
        """An administrator's token, a webhook, a ladder and a page that is learnt; returns the site's id."""
        link = eventually("the link", lambda: re.search(r"/setup\?token=([\w-]+)", self.text()))
        request = urllib.request.Request(
            self.url + "/api/v1/setup", method="POST", headers={"Content-Type": "application/json", "Origin": self.url},
            data=json.dumps({"token": link[1], "username": "root", "password": PASSWORD, "language": "en"}).encode())
        with urllib.request.urlopen(request, timeout=60) as answer:
            self.cookie = answer.headers["Set-Cookie"].split(";")[0]
            csrf = json.loads(answer.read())["csrf_token"]
        self.person = {"Cookie": self.cookie, "X-CSRF-Token": csrf, "Origin": self.url}
        self.token = self.ask("POST", "/tokens", {"name": "t", "scopes": ["admin", "read", "sites:write", "alerts:write"]},
                              headers=self.person)[1]["token"]
        steps = []
        for minutes in [0] + ([second_step_minutes] if second_step_minutes else []):
            channel = self.put("POST", "/channels", {"name": f"after {minutes}", "kind": "webhook", "settings": {
                "url": f"{self.peer.url}/hook/{minutes}", "secret": "a secret of the test " * 2}})
            steps.append({"after_minutes": minutes, "channel_ids": [channel["id"]]})
        self.put("PUT", "/ladder", {"steps": steps, "repeat_last_minutes": 0, "least": "high"})

    def learn(self, *names):
        ids = []
        for name in names:
            self.peer.pages[f"/{name}"] = own_page(name)
            ids.append(self.put("POST", "/sites", {"name": name, "url": f"{self.peer.url}/{name}", "interval_s": 5})["id"])

        def learnt():
            for site in (self.get(f"/sites/{one}") for one in ids):
                if site["learned"] < site["learn_target"]:
                    self.put("POST", f"/sites/{site['id']}/check")
                    return False
            return True
        eventually("the pages are learnt", learnt)
        return ids

    def deface(self, name):
        self.peer.pages[f"/{name}"] = defaced_page(name)

    def critical(self, site):
        return [a for a in self.get("/alerts?severity=critical&limit=100")["items"] if a["asset"]["id"] == site]

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        self.peer.close()
