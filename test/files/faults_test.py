#!/usr/bin/python3
"""The guard in trouble: the real program on a loop mount, its processes stopped and killed in each phase, its vault
full, its queue too short, the clock set. Wanted: whoever waits for an answer goes on in less than a second, nothing
deadlocks, nothing is lost that was kept.

  test/files/faults_test.py [--build DIR] [--only NAME] [--fs ext4]

Needs root; without it everything is skipped, visibly (exit code 77).
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True
HOME = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(HOME / "bench/files"))
from lab.guard import Guard  # noqa: E402
from lab.mounts import Mount  # noqa: E402

PATIENCE = 1.0  # seconds after which a waiting writer must go on
BUSY = 1.5      # what a machine that builds beside may add before the test itself is late

ATTACK = """
import os, sys
for name in sorted(os.listdir(sys.argv[1])):
    path = sys.argv[1] + '/' + name
    size = os.path.getsize(path)
    with open(path, 'r+b') as file: file.write(os.urandom(size))
"""
COPY_AND_UNLINK = """
import os, sys
for name in sorted(os.listdir(sys.argv[1])):
    path = sys.argv[1] + '/' + name
    open(path, 'rb').read()
print('read', flush=True); sys.stdin.readline()
for name in sorted(os.listdir(sys.argv[1])): os.unlink(sys.argv[1] + '/' + name)
print('unlinked', flush=True); sys.stdin.readline()
"""


class Place:
    """A mount with a tree of letters and a vault on the same file system."""

    def __init__(self, mount, name, files=30):
        self.home = mount.at / name
        self.tree, self.vault = self.home / "data", self.home / "vault"
        self.tree.mkdir(parents=True)
        for i in range(files):
            text = "".join(f"letter {i}, line {j}: the committee agreed on {j * 37} for the bridge\n" for j in range(200))
            (self.tree / f"letter-{i:03}.txt").write_text(text)

    def contents(self):
        return {p.name: p.read_bytes() for p in sorted(self.tree.iterdir()) if p.is_file()}


def children(pid):
    out = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = open(f"/proc/{entry}/stat").read().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == pid and fields[0] != "Z":
                out.append(int(entry))
    return out


def guard_pid(guard):
    return guard.said("started")[-1]["pid"]


def keeper_pid(guard):
    """The watchdog's other child."""
    others = [pid for pid in children(guard.process.pid) if pid != guard_pid(guard)]
    assert len(others) == 1, f"the watchdog's children besides the guard: {others}"
    return others[0]


def timed_write(path):
    """Seconds until an open for writing was answered; in a process of its own, for this one must not hang."""
    script = ("import os,sys,time\nbefore=time.monotonic()\nfd=os.open(sys.argv[1],os.O_RDWR)\n"
              "print(time.monotonic()-before,flush=True)\nos.pwrite(fd,b'x',0)\nos.close(fd)\n")
    return subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True,
                            start_new_session=True)


def finish(process, seconds=20):
    out, _ = process.communicate(timeout=seconds)
    return float(out)


def attack(place, script=ATTACK, **more):
    return subprocess.Popen([sys.executable, "-c", script, str(place.tree)], start_new_session=True, text=True, **more)


def end(process):
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream:
            stream.close()


def held_attack(place, guard):
    """An attack that was stopped: its process stands still, one of its opens is held."""
    attacker = attack(place)
    assert guard.wait(lambda: guard.said("incident"), 20), "no incident"
    return attacker, guard.said("incident")[0]


def goes_on(place, measured, what):
    """A writer goes on in time, whatever became of the guard."""
    took = finish(timed_write(place.tree / "letter-029.txt"))
    measured[what] = round(took, 3)
    assert took < PATIENCE + BUSY, f"{what}: an open for writing took {took:.2f} s"


def restarted(guard, count=2):
    return guard.wait(lambda: len(guard.said("started")) >= count, 20)


# Each takes the program, a place and a dict for what is measured.

def guard_killed_idle(program, place, measured):
    guard = Guard(program, [place.tree], place.vault)
    try:
        os.kill(guard_pid(guard), signal.SIGKILL)
        goes_on(place, measured, "write after the kill, s")
        assert restarted(guard), "it was not started again"
        assert guard.said("guard_died"), "no alarm"
        attacker, _ = held_attack(place, guard)
        end(attacker)
    finally:
        guard.stop()


def guard_stopped_idle(program, place, measured):
    guard = Guard(program, [place.tree], place.vault)
    try:
        os.kill(guard_pid(guard), signal.SIGSTOP)
        time.sleep(0.1)  # until all its threads stand
        goes_on(place, measured, "write to a stopped guard, s")
        assert restarted(guard), "it was not started again"
        assert guard.said("guard_hung"), "no alarm"
    finally:
        guard.stop()


def watchdog_killed_idle(program, place, measured):
    guard = Guard(program, [place.tree], place.vault)
    try:
        guard.process.kill()
        goes_on(place, measured, "write after the kill, s")
        guard.process.wait()
        deadline = time.time() + 10
        while os.path.exists(f"/proc/{guard_pid(guard)}") and time.time() < deadline:
            time.sleep(0.05)
        assert not os.path.exists(f"/proc/{guard_pid(guard)}"), "a guard without its watchdog went on"
        Guard(program, [place.tree], place.vault).stop()
    finally:
        guard.process.kill()


def watchdog_stopped(program, place, measured):
    """Without its watchdog the guard answers as before."""
    guard = Guard(program, [place.tree], place.vault)
    try:
        os.kill(guard.process.pid, signal.SIGSTOP)
        goes_on(place, measured, "write, s")
        attacker, _ = held_attack(place, guard)
        end(attacker)
    finally:
        os.kill(guard.process.pid, signal.SIGCONT)
        guard.stop()


def writers_held(program, place, measured, number, alarm):
    """The crash with a writer held: the attacker's next open."""
    before = place.contents()
    guard = Guard(program, [place.tree], place.vault)
    attacker = None
    try:
        attacker, incident = held_attack(place, guard)
        # Let go on behind the guard's back, it waits for the answer to its next open.
        os.kill(attacker.pid, signal.SIGCONT)
        time.sleep(0.3)
        assert "fanotify" in pathlib.Path(f"/proc/{attacker.pid}/wchan").read_text() or \
            pathlib.Path(f"/proc/{attacker.pid}/syscall").read_text().startswith("257"), "its open does not wait"
        began = time.monotonic()
        os.kill(guard_pid(guard), number)
        while time.monotonic() - began < 20:
            try:
                attacker.wait(0.005)
                break
            except subprocess.TimeoutExpired:
                call = pathlib.Path(f"/proc/{attacker.pid}/syscall").read_text().split()
                if call[0] != "257":
                    break
        took = time.monotonic() - began
        measured["held writer goes on after, s"] = round(took, 3)
        assert took < PATIENCE + BUSY, f"a held writer went on after {took:.2f} s"
        os.kill(attacker.pid, signal.SIGSTOP) if attacker.poll() is None else None
        assert restarted(guard), "it was not started again"
        assert guard.said(alarm), "no alarm"
        answer = guard.ask("rollback", incident["id"])
        assert answer.get("failed") == 0, answer
        # What he wrote while no guard ran has no copy; what was copied is back.
        back = place.contents()
        measured["files of 30 changed while no guard ran"] = sum(back[name] != before[name] for name in before)
    finally:
        if attacker:
            end(attacker)
        guard.stop()


def guard_killed_with_writers_held(program, place, measured):
    writers_held(program, place, measured, signal.SIGKILL, "guard_died")


def guard_stopped_with_writers_held(program, place, measured):
    writers_held(program, place, measured, signal.SIGSTOP, "guard_hung")


def guard_killed_during_rollback(program, place, measured):
    before = place.contents()
    guard = Guard(program, [place.tree], place.vault)
    attacker = None
    try:
        attacker, incident = held_attack(place, guard)
        end(attacker)
        asking = subprocess.Popen([program, "files", "rollback", incident["id"], "--vault", place.vault, "--json"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not list((place.vault / "replaced").iterdir()):
            if asking.poll() is not None:
                break
        os.kill(guard_pid(guard), signal.SIGKILL)
        asking.wait(20)
        goes_on(place, measured, "write after the kill, s")
        before["letter-029.txt"] = place.contents()["letter-029.txt"]
        assert restarted(guard), "it was not started again"
        answer = guard.ask("rollback", incident["id"])
        assert answer.get("failed", 0) == 0, answer
        after = place.contents()
        other = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
        assert not other, f"not all as it was: {other}, {answer}"
    finally:
        guard.stop()


def removed_while_nobody_guarded(program, place, measured):
    """Read under the guard; guard and watchdog killed; unlinked; the next guard has them still."""
    before = place.contents()
    guard = Guard(program, [place.tree], place.vault)
    second = None
    attacker = attack(place, COPY_AND_UNLINK, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert attacker.stdout.readline() == "read\n"
        time.sleep(0.5)  # told to the keeper within a tick
        guard.process.kill()
        os.kill(guard_pid(guard), signal.SIGKILL)
        guard.process.wait()
        attacker.stdin.write("\n")
        attacker.stdin.flush()
        assert attacker.stdout.readline() == "unlinked\n"
        assert place.contents() == {}
        second = Guard(program, [place.tree], place.vault)
        assert second.wait(lambda: second.said("removed_unguarded"), 10), "it does not tell of them"
        incident = second.said("removed_unguarded")[0]["text"].split("rollback ")[1].split(" ")[0]
        answer = second.ask("rollback", incident)
        assert answer.get("failed") == 0, answer
        assert place.contents() == before, "not all as it was"
        measured["files brought back"] = len(before)
    finally:
        end(attacker)
        if second:
            second.stop()


def keeper_killed(program, place, measured):
    guard = Guard(program, [place.tree], place.vault)
    try:
        os.kill(keeper_pid(guard), signal.SIGKILL)
        goes_on(place, measured, "write, s")
        attacker, incident = held_attack(place, guard)
        end(attacker)
        assert guard.ask("rollback", incident["id"]).get("failed") == 0
    finally:
        guard.stop()


def vault_full(program, place, measured, options, policy):
    before = place.contents()
    guard = Guard(program, [place.tree], place.vault, options=[*options, "--when-full", policy])
    holders = []
    try:
        # Copies of files that somebody has open may not go.
        holder = subprocess.Popen(
            [sys.executable, "-c", "import os,sys\nfds=[]\nfor n in sorted(os.listdir(sys.argv[1])):\n"
             "  fds.append(os.open(sys.argv[1]+'/'+n,os.O_RDWR)); os.pwrite(fds[-1],b'L',0)\nprint('open',flush=True)\n"
             "sys.stdin.readline()", str(place.tree)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
        holders.append(holder)
        assert guard.wait(lambda: guard.said("vault_full"), 30), "nobody is told that the vault is full"
        assert not guard.said("incident")
        reading = time.monotonic()
        (place.tree / "letter-000.txt").read_bytes()
        assert time.monotonic() - reading < PATIENCE + BUSY, "readers wait for a full vault"
        if policy == "allow":
            assert holder.stdout.readline() == "open\n"
        else:
            assert guard.wait(lambda: guard.said("let_through"), 30), "nobody is told of the one that was let through"
        assert len(place.contents()) == len(before)
    finally:
        for holder in holders:
            end(holder)
        guard.stop()


def vault_full_of_bytes_holds(program, place, measured):
    big = place.tree / "big.txt"
    big.write_text("a line of a long report that nobody reads\n" * 40_000)
    vault_full(program, place, measured, ["--vault-size", "1"], "hold")


def vault_full_of_bytes_allows(program, place, measured):
    for i in range(3):
        (place.tree / f"big{i}.txt").write_text("a line of a long report that nobody reads\n" * 20_000)
    vault_full(program, place, measured, ["--vault-size", "1"], "allow")


def disk_without_inodes(program, place, measured):
    """The vault's own file system has no inodes left: writers go on, and it is said."""
    small = place.home / "small.img"
    with open(small, "wb") as image:
        image.truncate(16 << 20)
    at = place.home / "small"
    at.mkdir()
    subprocess.run(["mkfs.ext4", "-q", "-F", "-N", "64", small], check=True)
    subprocess.run(["mount", "-o", "loop", small, at], check=True)
    guard = None
    try:
        guard = Guard(program, [place.tree], at / "vault", options=["--when-full", "allow"])
        made = 0
        try:
            for made in range(10_000):
                (at / f"fill{made}").touch()
        except OSError:
            pass
        goes_on(place, measured, "write, s")
        assert guard.wait(lambda: guard.said("no_pre_image") or guard.said("vault_full"), 10), "nobody is told"
    finally:
        if guard:
            guard.stop()
        subprocess.run(["umount", "-l", at], check=False)


def queue_overflow(program, place, measured):
    """More changes than the kernel's queue holds, while the guard stands still for less than the watchdog's patience."""
    limit = pathlib.Path("/proc/sys/fs/fanotify/max_queued_events")
    was = limit.read_text()
    guard = None
    try:
        limit.write_text("64")
        guard = Guard(program, [place.tree], place.vault)
        os.kill(guard_pid(guard), signal.SIGSTOP)
        for i in range(400):
            os.mkdir(place.tree / f"folder{i}")  # opens nothing, so that this does not wait
        os.kill(guard_pid(guard), signal.SIGCONT)
        assert guard.wait(lambda: guard.said("events_lost") or guard.said("guard_hung"), 10), "nobody is told"
        measured["told"] = "events_lost" if guard.said("events_lost") else "guard_hung (the test was late)"
        goes_on(place, measured, "write afterwards, s")
    finally:
        limit.write_text(was)
        if guard:
            guard.stop()


def clock_set(program, place, measured):
    """The wall clock jumps by years in both directions: deadlines and decisions do not depend on it."""
    fake = shutil.which("faketime")
    if not fake:
        return "faketime is not installed"
    jump = place.home / "jump"
    jump.write_text("+0")
    os.environ.update(FAKETIME_TIMESTAMP_FILE=str(jump), FAKETIME_NO_CACHE="1", FAKETIME_DONT_FAKE_MONOTONIC="1",
                      LD_PRELOAD="/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
    try:
        guard = Guard(program, [place.tree], place.vault)
    finally:
        for name in ("FAKETIME_TIMESTAMP_FILE", "FAKETIME_NO_CACHE", "FAKETIME_DONT_FAKE_MONOTONIC", "LD_PRELOAD"):
            os.environ.pop(name)
    before = place.contents()
    try:
        jump.write_text("+3000d")
        goes_on(place, measured, "write, s")
        before["letter-029.txt"] = place.contents()["letter-029.txt"]
        attacker, incident = held_attack(place, guard)
        jump.write_text("-3000d")
        end(attacker)
        answer = guard.ask("rollback", incident["id"])
        assert answer.get("failed") == 0, answer
        assert place.contents() == before, "not all as it was"
        assert not guard.said("guard_hung") and not guard.said("let_through")
    finally:
        guard.stop()


def vault_on_the_marked_file_system(program, place, measured):
    """Opens of the vault, by the guard and by others, do not wait for the guard."""
    guard = Guard(program, [place.tree], place.vault)
    try:
        began = time.monotonic()
        for i in range(30):
            with open(place.tree / f"letter-{i:03}.txt", "a") as letter:
                letter.write("one more line\n")
        subprocess.run(["cat", place.vault / "journal"], check=True, stdout=subprocess.DEVNULL, timeout=10)
        subprocess.run(["sync", "-f", place.vault], check=True, timeout=30)
        measured["30 changes, s"] = round(time.monotonic() - began, 2)
        # The tree may not hold the vault, nor the vault the tree.
        for trees, vault in (([place.home], place.home / "v"), ([place.vault / "images"], place.vault)):
            refused = subprocess.run([program, "files", "guard", *trees, "--vault", vault], capture_output=True,
                                     text=True, timeout=20)
            assert refused.returncode != 0, "a vault that waits for itself was taken"
    finally:
        guard.stop()


def canaries(program, place, measured):
    before = place.contents()
    guard = Guard(program, [place.tree], place.vault, options=["--canaries"])
    try:
        bait = [line for line in subprocess.run([program, "files", "canaries", "--vault", place.vault],
                                                capture_output=True, text=True).stdout.split("\n") if line]
        assert len(bait) == 8, bait
        attacker, incident = held_attack(place, guard)
        end(attacker)
        changed = {change["path"] for change in incident["changes"] if not change.get("canary")}
        assert incident["files_changed"] == len(changed), "bait was counted as somebody's file"
        assert guard.ask("rollback", incident["id"]).get("failed") == 0
        removed = subprocess.run([program, "files", "canaries", "--remove", "--vault", place.vault, "--json"],
                                 capture_output=True, text=True)
        assert json.loads(removed.stdout)["count"] == 8, removed.stdout + removed.stderr
        assert place.contents() == before, "removed bait leaves the tree as it was"
    finally:
        guard.stop()


CASES = [guard_killed_idle, guard_stopped_idle, watchdog_killed_idle, watchdog_stopped, guard_killed_with_writers_held,
         guard_stopped_with_writers_held, guard_killed_during_rollback, removed_while_nobody_guarded, keeper_killed,
         vault_full_of_bytes_holds, vault_full_of_bytes_allows, disk_without_inodes, queue_overflow, clock_set,
         vault_on_the_marked_file_system, canaries]


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--build", default=str(HOME / "build/release"))
    words.add_argument("--only", default="")
    words.add_argument("--fs", default="ext4")
    options = words.parse_args()
    program = pathlib.Path(options.build, "vedette").resolve()
    if os.geteuid() != 0:
        print("SKIPPED: needs root for loop mounts and permission events")
        sys.exit(77)
    work = pathlib.Path(tempfile.mkdtemp(prefix="vedette-faults-"))
    mount = Mount(work, options.fs, 300)
    wrong = 0
    try:
        if mount.skipped:
            print(f"SKIPPED: {mount.skipped}")
            sys.exit(77)
        for case in CASES:
            if options.only and options.only not in case.__name__:
                continue
            measured = {}
            try:
                skipped = case(program, Place(mount, case.__name__), measured)
                state = f"SKIPPED {skipped}" if skipped else "well"
            except Exception as why:  # noqa: BLE001  the others must run all the same
                wrong += 1
                state = f"FAILED {type(why).__name__}: {why}"
                traceback.print_exc()
            print(f"{case.__name__:35} {state}  " + ", ".join(f"{k}: {v}" for k, v in measured.items()), flush=True)
    finally:
        mount.close()
        shutil.rmtree(work, ignore_errors=True)
    sys.exit(1 if wrong else 0)


main()
