"""What the guard costs: the same load without it, with it, and with a gate that allows everything unseen (the least that asking
before an open can cost on this machine), in turns, so that a busy machine hits all alike."""
import contextlib
import json
import shutil
import subprocess
import time

from . import rank
from .guard import Guard
from .halves import quantile


def load(lab, *words):
    done = subprocess.run([lab.programs / "files_load", *map(str, words)], capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise RuntimeError(done.stderr[-300:])
    return json.loads(done.stdout)


# A file of 64 MiB is then above the size cap; the pause is longer than a new mark needs to be trusted.
LARGE = {"options": ("--file-size", "16"), "pause": 1.5}


@contextlib.contextmanager
def nobody(*_):
    yield None


@contextlib.contextmanager
def null_gate(lab, tree, *_):
    gate = subprocess.Popen([lab.programs / "files_null_gate", tree], stdout=subprocess.PIPE, preexec_fn=rank.take)
    try:
        if not gate.stdout.readline():
            raise RuntimeError(f"files_null_gate ended with {gate.wait()}")
        yield None
    finally:
        gate.terminate()
        gate.wait()


@contextlib.contextmanager
def guarded(lab, tree, vault, options):
    guard = Guard(lab.vedette, [tree], vault, options=options)
    try:
        yield guard
    finally:
        guard.stop()


ARMS = {"without": nobody, "null": null_gate, "guard": guarded}


def turns(lab, mount, place, what, count, rounds, prepare=0, options=(), pause=0.0):
    """Ratios of the times with the guard and with the null gate to those without, one round of turns at a time."""
    home = mount.at / "cell"
    shutil.rmtree(home, ignore_errors=True)
    protected, elsewhere = home / "data", home / "other"
    protected.mkdir(parents=True)
    elsewhere.mkdir()
    tree = protected if place == "inside" else elsewhere
    if prepare:
        load(lab, tree, "prepare", prepare, "office")
    load(lab, tree, what, max(count // 4, 10), 99)  # warm
    got = {arm: [] for arm in ARMS}
    freezes = 0
    for turn in range(rounds):
        for arm in (list(ARMS) if turn % 2 else list(reversed(ARMS))):
            with ARMS[arm](lab, protected, home / "vault", options) as guard:
                time.sleep(pause)
                got[arm].append(load(lab, tree, what, count, turn))
                freezes += len(guard.said("incident")) if guard else 0
    ratios = {arm: [one["seconds"] / without["seconds"] for one, without in zip(got[arm], got["without"])]
              for arm in ("null", "guard")}
    busy = {arm: quantile([one["busy"] for one in got[arm]], 0.5) for arm in ARMS}
    row = {"part": "overhead", "place": place, "load": what, "fs": mount.kind, "count": count, "rounds": rounds,
           "ratio_median": round(quantile(ratios["guard"], 0.5), 3), "ratio_min": round(min(ratios["guard"]), 3),
           "ratio_max": round(max(ratios["guard"]), 3), "null_ratio_median": round(quantile(ratios["null"], 0.5), 3),
           "busy_ratio": round(busy["guard"] / busy["without"], 3), "null_busy_ratio": round(busy["null"] / busy["without"], 3),
           "freezes": freezes}
    for kind in ("read_us", "write_us"):
        for q in ("p50", "p99", "p999"):  # without, with the null gate, with the guard
            row[f"{kind}_{q}"] = [quantile([one[kind][q] for one in got[arm] if one[kind]], 0.5) for arm in ARMS]
    lab.keep(row)
    return row


def run_all(lab, mount, quick):
    rounds = 3 if quick else 7
    plans = [("outside", "mixed", 1500 if quick else 4000, 400), ("inside", "mixed", 600 if quick else 1500, 400),
             ("inside", "paced", 1500 if quick else 4000, 400), ("inside", "synced", 200 if quick else 500, 400),
             ("inside", "churn", 500 if quick else 25_000, 0), ("inside", "large", 2_000 if quick else 10_000, 0)]
    rows = []
    for place, what, count, prepare in plans:
        began = time.time()
        row = turns(lab, mount, place, what, count, rounds if count < 20_000 else 3, prepare,
                    **(LARGE if what == "large" else {}))
        lab.say(f"{mount.kind:6} {place:8} {what:6} x{count}: time with / without {row['ratio_median']} "
                f"({row['ratio_min']}–{row['ratio_max']}; null gate {row['null_ratio_median']}), without pauses {row['busy_ratio']} "
                f"(null gate {row['null_busy_ratio']}), us without, null gate, guard: read {row['read_us_p50']}, p99.9 "
                f"{row['read_us_p999']}, write {row['write_us_p50']}, freezes {row['freezes']}, "
                f"{time.time() - began:.0f}s")
        rows.append(row)
    return rows
