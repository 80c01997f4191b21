#!/usr/bin/python3
"""An attack that comes through a real smbd: the guard names the client and its user, stops that client's process alone,
and restores the files while another client goes on working.

  test/files/smb_test.py [--build DIR]

Needs root, loop mounts, samba and smbclient; without them everything is skipped, visibly (exit code 77).
"""
import argparse
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HOME = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(HOME / "bench/files"))
from lab.guard import Guard  # noqa: E402
from lab.mounts import Mount  # noqa: E402

SKIPPED = 77
USER, OTHER, PASSWORD = "games", "news", "a long pass phrase"  # accounts that every Debian has
FILES = 30


def letter(i):
    return "".join(f"letter {i}, line {j}: the committee agreed on {j * 37} for the bridge\n" for j in range(200)).encode()


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    def __init__(self, home, share):
        self.home, self.port = home, free_port()
        folders = {}
        for name in ("private dir", "lock directory", "state directory", "cache directory", "pid directory", "ncalrpc dir"):
            folders[name] = home / name.split()[0]
            folders[name].mkdir(mode=0o755)
        self.config = home / "smb.conf"
        self.config.write_text("[global]\nserver role = standalone server\ninterfaces = lo\nbind interfaces only = yes\n"
                               f"smb ports = {self.port}\ndisable netbios = yes\nload printers = no\ndisable spoolss = yes\n"
                               f"passdb backend = tdbsam:{folders['private dir']}/passdb.tdb\nlog file = {home}/log\n" +
                               "".join(f"{name} = {path}\n" for name, path in folders.items()) +
                               f"[work]\npath = {share}\nread only = no\nforce create mode = 0644\n")
        for user in (USER, OTHER):
            subprocess.run(["pdbedit", "-s", self.config, "-a", "-u", user, "-t"], input=f"{PASSWORD}\n{PASSWORD}\n",
                           text=True, check=True, stdout=subprocess.DEVNULL)
        self.process = subprocess.Popen(["smbd", "--foreground", "--no-process-group", "-s", self.config],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        for _ in range(600):
            if self.client("ls").returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError("smbd does not answer: " + self.client("ls").stdout[-300:])

    def words(self, user=USER):
        return ["smbclient", "//127.0.0.1/work", "-p", str(self.port), "-U", f"{user}%{PASSWORD}"]

    def client(self, commands, user=USER):
        return subprocess.run([*self.words(user), "-c", commands], stdin=subprocess.DEVNULL, text=True, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def stop(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def run(build, work):
    mount = Mount(work, "ext4", 200)
    if mount.skipped:
        print(f"SKIPPED smb: {mount.skipped}")
        return SKIPPED
    server = guard = attacker = None
    try:
        tree = mount.at / "work"
        tree.mkdir()
        account = pwd.getpwnam(USER)
        tree.chmod(0o777)
        work.chmod(0o755)
        for i in range(FILES):
            (tree / f"letter{i}.txt").write_bytes(letter(i))
            os.chown(tree / f"letter{i}.txt", account.pw_uid, account.pw_gid)
        (work / "home").mkdir()
        server = Server(work / "home", tree)
        guard = Guard(build / "vedette", [tree], mount.at / "vault")
        (work / "random").write_bytes(os.urandom(13_000))
        attacker = subprocess.Popen([*server.words(), "-c", "; ".join(f"put {work}/random letter{i}.txt" for i in range(FILES))],
                                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert guard.wait(lambda: guard.said("incident"), 60), "the attack was not found"
        incident = guard.said("incident")[0]
        actor = incident["actor"]
        assert actor["process"]["executable"].endswith("/smbd"), actor
        assert actor["client"] == f"{USER}@127.0.0.1", f"the client: {actor.get('client')}"
        assert server.process.pid not in incident["stopped_pids"], "the server for everybody was stopped"
        changed = sum((tree / f"letter{i}.txt").read_bytes() != letter(i) for i in range(FILES))
        assert 0 < changed < FILES, f"{changed} of {FILES} files were changed"
        # Somebody else, who encrypts nothing, works on.
        (work / "note").write_text("minutes of the meeting\n" * 40)
        other = server.client(f"put {work}/note minutes.txt; get letter{FILES - 1}.txt {work}/got", OTHER)
        assert other.returncode == 0, other.stdout
        assert (work / "got").read_bytes() == letter(FILES - 1)
        assert attacker.poll() is None, "the attacker's client came to an end"
        answer = guard.ask("rollback", incident["id"])
        assert answer.get("failed") == 0, answer
        wrong = [i for i in range(FILES) if (tree / f"letter{i}.txt").read_bytes() != letter(i)]
        assert not wrong, f"not as before: {wrong}"
        assert (tree / "minutes.txt").read_bytes() == (work / "note").read_bytes(), "the other client's file"
        print(f"ok: {actor['client']} named after {changed} files, all {FILES} as before, another client worked on")
        return 0
    finally:
        for one in (attacker, server.process if server else None):
            if one and one.poll() is None and one is attacker:
                one.kill()
                one.wait()
        if server:
            server.stop()
        if guard:
            guard.stop()
        mount.close()


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--build", default=str(HOME / "build/release"))
    options = words.parse_args()
    missing = [tool for tool in ("smbd", "smbclient", "pdbedit") if shutil.which(tool) is None]
    if os.geteuid() != 0 or missing:
        print("SKIPPED smb: " + (f"{missing[0]} is not installed" if missing else "needs root"))
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="vedette-smb-") as work:
        return run(pathlib.Path(options.build).resolve(), pathlib.Path(work))


sys.exit(main())
