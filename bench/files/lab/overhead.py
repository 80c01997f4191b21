"""What the guard costs: the same load with and without it, in turns, so that a busy machine hits both alike."""
import json
import shutil
import subprocess
import time

from .guard import Guard
from .halves import quantile


def load(lab, *words):
    done = subprocess.run([lab.programs / "files_load", *map(str, words)], capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise RuntimeError(done.stderr[-300:])
    return json.loads(done.stdout)


# A file of 64 MiB is then above the size cap; the pause is longer than a new mark needs to be trusted.
LARGE = {"options": ("--file-size", "16"), "pause": 1.5}


def turns(lab, mount, place, what, count, rounds, prepare=0, options=(), pause=0.0):
    """Ratio of the times with and without the guard, one pair of turns at a time."""
    home = mount.at / "cell"
    shutil.rmtree(home, ignore_errors=True)
    protected, elsewhere = home / "data", home / "other"
    protected.mkdir(parents=True)
    elsewhere.mkdir()
    tree = protected if place == "inside" else elsewhere
    if prepare:
        load(lab, tree, "prepare", prepare, "office")
    load(lab, tree, what, max(count // 4, 10), 99)  # warm
    pairs, without, with_guard = [], [], []
    status = {}
    for turn in range(rounds):
        times = {}
        for on in ((True, False) if turn % 2 else (False, True)):
            guard = Guard(lab.vedette, [protected], home / "vault", options=options) if on else None
            time.sleep(pause)
            try:
                got = load(lab, tree, what, count, turn)
            finally:
                if guard:
                    incidents = guard.said("incident")
                    status["freezes"] = status.get("freezes", 0) + len(incidents)
                    guard.stop()
            times[on] = got["seconds"]
            (with_guard if on else without).append(got)
        pairs.append(times[True] / times[False])
    middle = lambda rows, kind, q: quantile([r[kind][q] for r in rows if r[kind]], 0.5)
    row = {"part": "overhead", "place": place, "load": what, "fs": mount.kind, "count": count, "rounds": rounds,
           "ratio_median": round(quantile(pairs, 0.5), 3), "ratio_min": round(min(pairs), 3),
           "ratio_max": round(max(pairs), 3), "freezes": status.get("freezes", 0)}
    row["busy_ratio"] = round(quantile([g["busy"] for g in with_guard], 0.5) / quantile([w["busy"] for w in without], 0.5), 3)
    for kind in ("read_us", "write_us"):
        for q in ("p50", "p99", "p999"):
            row[f"{kind}_{q}"] = [middle(without, kind, q), middle(with_guard, kind, q)]
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
                f"({row['ratio_min']}–{row['ratio_max']}), without pauses {row['busy_ratio']}, read us {row['read_us_p50']}, p99.9 "
                f"{row['read_us_p999']}, write us {row['write_us_p50']}, freezes {row['freezes']}, "
                f"{time.time() - began:.0f}s")
        rows.append(row)
    return rows
