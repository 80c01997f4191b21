"""Ordinary work in a protected tree: none of it is an attack, so that each freeze is a false one.

Each work is a function of its tree. What is not installed is left out, visibly. The rivals' rules listen to the
same work at the same time and only say that they would have frozen it.
"""
import os
import pathlib
import shutil
import subprocess
import threading
import time

from . import corpus
from .attack import copy_tree
from .baselines import Listener, lay_canaries
from .guard import Guard

WORKS = {}


def work(name, *tools):
    def enter(function):
        WORKS[name] = (function, tools)
        return function
    return enter


def sh(script, tree, timeout=240, **more):
    done = subprocess.run(["bash", "-ec", script], cwd=tree, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, timeout=timeout, start_new_session=True, **more)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip()[-300:] or f"exit code {done.returncode}")


@work("tar", "tar")
def _(tree):
    sh("tar czf ../out.tgz . ; cp ../out.tgz all.tgz; tar cf all.tar finance staff wards planning archive 2>/dev/null || "
       "tar cf all.tar --exclude all.tar --exclude all.tgz .; mkdir again; tar xzf all.tgz -C again", tree)


@work("tar --remove-files", "tar")
def _(tree):
    sh("for d in */; do tar czf ${d%/}.tgz --remove-files $d; done", tree)


@work("zip", "zip")
def _(tree):
    sh("zip -qr all.zip . ; for d in */; do zip -qrm ${d%/}.zip $d; done", tree)


@work("zip each file, then remove it", "zip")
def _(tree):
    sh("find . -type f ! -name '.*' | head -60 | while read -r f; do zip -qm \"$f.zip\" \"$f\"; done", tree)


@work("7z -sdel", "7z")
def _(tree):
    sh("for d in */; do 7z a -bso0 -sdel ${d%/}.7z $d; done", tree)


@work("7z with a password, -sdel", "7z")
def _(tree):
    sh("for d in */; do 7z a -bso0 -sdel -pQuarterly-2026 -mhe=on ${d%/}.7z $d; done", tree)


@work("gzip in place", "gzip")
def _(tree):
    sh("find . -type f ! -name '.*' ! -name '*.gz' -print0 | xargs -0 gzip", tree)


@work("xz and zstd in place", "xz", "zstd")
def _(tree):
    sh("find . -name '*.txt' -o -name '*.csv' -o -name '*.md' -o -name '*.xml' -o -name '*.json' | head -40 | xargs xz -1;"
       "find . -name '*.c' -o -name '*.html' -o -name '*.log' -o -name '*.bmp' -o -name '*.pdf' | head -40 | "
       "xargs zstd -q --rm", tree)


def gpg_home():
    home = pathlib.Path("/tmp", f"vedette-files-gpg-{os.getpid()}")
    if not home.exists():
        home.mkdir(mode=0o700)
    return dict(os.environ, GNUPGHOME=str(home))


@work("gpg, one file", "gpg")
def _(tree):
    sh("f=$(find . -name '*.pdf' -o -name '*.docx' | head -1); gpg --batch --yes --passphrase x --pinentry-mode loopback "
       "-c \"$f\" && rm \"$f\"", tree, env=gpg_home())


@work("gpg, a batch of copies, originals stay", "gpg")
def _(tree):
    sh("find . -type f ! -name '.*' | head -30 | while read -r f; do gpg --batch --yes --passphrase x --pinentry-mode "
       "loopback -c \"$f\"; done", tree, env=gpg_home())


@work("a user encrypts five files of his own and removes them", "gpg")
def _(tree):
    sh("find . -type f ! -name '.*' | head -5 | while read -r f; do gpg --batch --yes --passphrase x --pinentry-mode "
       "loopback -c \"$f\" && rm \"$f\"; done", tree, env=gpg_home())


@work("a user encrypts two files with openssl and removes them", "openssl")
def _(tree):
    sh("find . -type f ! -name '.*' | head -2 | while read -r f; do openssl enc -aes-256-ctr -pbkdf2 -k x -in \"$f\" "
       "-out \"$f.enc\" && rm \"$f\"; done", tree)


@work("git: commits, checkouts, gc", "git")
def _(tree):
    sh("git init -q . ; git config user.email a@b; git config user.name a; git add -A; git commit -qm one;"
       "for f in $(find . -name '*.txt' -o -name '*.c' -o -name '*.csv' | grep -v .git/ | head -30); do echo line >> $f; done;"
       "git commit -qam two; git checkout -q HEAD~1; git checkout -q -; git checkout -qb other HEAD~1;"
       "git rm -q -r --ignore-unmatch staff wards; git commit -qm three || true; git checkout -q -; git gc -q --prune=now", tree)


@work("SQLite: load, update, vacuum", "sqlite3")
def _(tree):
    sh("sqlite3 load.db 'create table t(a integer primary key,b text,c blob);"
       "with recursive n(i) as (select 1 union all select i+1 from n where i<20000) insert into t select i, "
       "hex(i*7919), randomblob(100) from n; update t set b=b||b where a%3=0; delete from t where a%5=0; vacuum;';"
       "for i in 1 2 3 4 5 6; do sqlite3 load.db \"pragma journal_mode=wal; update t set c=randomblob(200) where a%7=$i\""
       ">/dev/null; done; for f in $(find . -name '*.sqlite'); do sqlite3 $f 'update row set b=a||c; vacuum'; done", tree)


@work("SQLite: random blobs over random blobs", "sqlite3")
def _(tree):
    sh("for i in 1 2 3 4 5 6; do sqlite3 k$i.db 'create table t(a,b); with recursive n(i) as (select 1 union all select "
       "i+1 from n where i<900) insert into t select i, randomblob(900) from n'; done; for n in 1 2; do for i in 1 2 3 4 5 6;"
       "do sqlite3 k$i.db 'update t set b=randomblob(900)'; done; done", tree)


@work("PostgreSQL: pgbench", "pg_ctl")
def _(tree):
    binary = next(iter(sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))), None)
    if binary is None:
        raise LookupError("PostgreSQL is not installed")
    home = tree / "pg"
    home.mkdir()
    shutil.chown(home, "postgres")
    base = f"export PATH={binary}:$PATH; cd {home};"
    user = lambda script: sh(f"su postgres -s /bin/bash -c {subprocess.list2cmdline([base + script])}", tree)
    user("initdb -D data -A trust >/dev/null && pg_ctl -D data -w -o '-k /tmp -p 54999 -c listen_addresses=' -l log start")
    try:
        user("createdb -h /tmp -p 54999 b && pgbench -h /tmp -p 54999 -q -i -s 1 b && pgbench -h /tmp -p 54999 -T 4 -c 2 b && "
             "psql -h /tmp -p 54999 -q -c 'vacuum full' b")
    finally:
        user("pg_ctl -D data -m fast -w stop")


@work("ffmpeg transcode", "ffmpeg")
def _(tree):
    sh("for i in 1 2 3 4; do ffmpeg -loglevel error -threads 1 -f lavfi -i testsrc=size=320x240:rate=10 -t 4 -preset "
       "ultrafast f$i.mp4; ffmpeg -loglevel error -threads 1 -i f$i.mp4 -c:v mpeg4 f$i.avi; rm f$i.mp4;"
       "ffmpeg -loglevel error -threads 1 -i f$i.avi -preset ultrafast t.mp4; mv t.mp4 f$i.mp4; rm f$i.avi; done;"
       "for f in $(find . -name '*.wav'); do ffmpeg -loglevel error -threads 1 -i $f ${f%.wav}.ogg; rm $f; done", tree)


@work("pictures turned and saved again, same names")
def _(tree):
    script = ("from PIL import Image, ImageOps\nimport pathlib\n"
              "for p in sorted(pathlib.Path('.').rglob('*')):\n"
              "    if p.suffix in ('.jpg', '.png', '.webp', '.tiff', '.bmp'):\n"
              "        try:\n            i = Image.open(p); i.load()\n        except Exception:\n            continue\n"
              "        ImageOps.mirror(i.convert('RGB')).save(p)\n")
    done = subprocess.run(["/usr/bin/python3", "-c", script], cwd=tree, capture_output=True, text=True,
                          start_new_session=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-300:])


@work("office files opened, changed and saved")
def _(tree):
    script = ("import docx, openpyxl, pathlib, os\n"
              "for p in sorted(pathlib.Path('.').rglob('*')):\n"
              "    try:\n"
              "        if p.suffix == '.docx':\n            d = docx.Document(p); d.add_paragraph('signed'); d.save(p)\n"
              "        if p.suffix == '.xlsx':\n            b = openpyxl.load_workbook(p); b.active['A1'] = 'x'\n"
              "            t = str(p) + '~'; b.save(t); os.replace(t, p)\n"
              "    except (ValueError, KeyError):\n        pass\n"
              "for i, p in enumerate(sorted(pathlib.Path('.').rglob('*.csv'))):\n"
              "    p.write_text(p.read_text(errors='replace').replace('report', 'Report'))\n")
    done = subprocess.run(["/usr/bin/python3", "-c", script], cwd=tree, capture_output=True, text=True,
                          start_new_session=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-300:])


@work("rsync, full, over a changed copy", "rsync")
def _(tree):
    sh("cp -r . ../copy; find ../copy -name '*.txt' -exec sh -c 'echo more >> $0' {} \\;; rsync -a ../copy/ ./again/;"
       "rsync -a --delete ../copy/ ./again/; rsync -a --inplace --no-whole-file ../copy/ ./ ; rm -r ../copy", tree)


@work("mass rename")
def _(tree):
    sh("n=0; find . -type f ! -name '.*' | while read -r f; do n=$((n+1)); mv \"$f\" \"$(dirname \"$f\")/2026-$n-$(basename "
       "\"$f\")\"; done; find . -type f ! -name '.*' | head -60 | while read -r f; do mv \"$f\" \"$f.old-site\"; done", tree)


@work("one program gives many files a new ending and goes on writing to them")
def _(tree):
    program = """
import os
names = [os.path.join(d, f) for d, _, fs in os.walk('.') for f in fs if not f.startswith('.')][:60]
for name in names:
    os.rename(name, name + '.y2025')
texts = [name + '.y2025' for name in names if name.endswith(('.txt', '.csv', '.md', '.log', '.json', '.xml', '.c'))]
opened = [open(name, 'r+b') for name in texts[:4]]
for file in opened:
    file.seek(0, 2)
    file.write(b'a line more\\n')
for file in opened:
    file.close()
for name in texts[4:]:
    with open(name, 'r+b') as file:
        body = file.read().replace(b'report', b'review')
        file.seek(0)
        file.write(body)
        file.truncate()
"""
    sh("python3 -c \"$PROGRAM\"", tree, env=dict(os.environ, PROGRAM=program))


@work("log rotation", "logrotate")
def _(tree):
    sh("mkdir logs; chmod 755 logs; for i in 1 2 3 4 5 6 7 8; do seq 1 20000 > logs/app$i.log; done;"
       "printf '%s/logs/*.log {\\n rotate 4\\n compress\\n copytruncate\\n su root root\\n}\\n' \"$PWD\" > ../rotate.conf;"
       "for i in 1 2 3; do logrotate -f -s ../rotate.state ../rotate.conf; seq 1 9000 >> logs/app1.log; seq 1 5000 >> "
       "logs/app5.log; done", tree)


@work("a compile", "g++", "make")
def _(tree):
    sh("mkdir build; for i in $(seq 1 12); do printf '#include <cstdio>\\nint f%d(int x){return x*%d;}\\n' $i $i > "
       "build/f$i.cpp; done; echo 'int main(){}' > build/main.cpp; cd build; for f in *.cpp; do nice g++ -g -c $f; done;"
       "g++ *.o -o app; strip -o app.stripped app; rm *.o; for f in *.cpp; do nice g++ -O1 -c $f; done; g++ *.o -o app", tree)


@work("package install (dpkg unpack and upgrade)", "dpkg-deb")
def _(tree):
    sh("mkdir -p p/DEBIAN p/usr/share/d root/var/lib/dpkg; cp -r */an p/usr/share/d/ 2>/dev/null || true;"
       "printf 'Package: d\\nVersion: 1\\nArchitecture: all\\nMaintainer: a <a@b>\\nDescription: d\\n' > p/DEBIAN/control;"
       "dpkg-deb -Zxz --build p ../d1.deb >/dev/null; find p/usr -name '*.txt' -o -name '*.csv' | xargs -r sed -i s/report/Report/;"
       "sed -i s/1/2/ p/DEBIAN/control; dpkg-deb -Zxz --build p ../d2.deb >/dev/null; mkdir -p root/var/lib/dpkg/updates "
       "root/var/lib/dpkg/info; touch root/var/lib/dpkg/status;"
       "for d in 1 2; do dpkg --force-all --root=root --no-triggers --unpack ../d$d.deb >/dev/null 2>&1; done", tree)


@work("restic backup inside the tree, forget and prune", "restic")
def _(tree):
    env = dict(os.environ, RESTIC_PASSWORD="x", GOMAXPROCS="1", RESTIC_CACHE_DIR=str(tree.parent / "cache"))
    sh("restic -q init -r repo; dirs=$(ls -d */ | grep -v repo); restic -q -r repo backup $dirs;"
       "find . -path ./repo -prune -o -name '*.txt' -print | while read -r f; do echo x >> \"$f\"; done;"
       "restic -q -r repo backup $dirs; restic -q -r repo forget --keep-last 1 --prune", tree, env=env)


@work("borg backup inside the tree, prune and compact", "borg")
def _(tree):
    env = dict(os.environ, BORG_PASSPHRASE="x", BORG_BASE_DIR=str(tree.parent / "borg"),
               BORG_RELOCATED_REPO_ACCESS_IS_OK="yes")
    sh("borg init -e repokey repo; dirs=$(ls -d */ | grep -v repo); borg create repo::a $dirs;"
       "find . -path ./repo -prune -o -name '*.csv' -print | while read -r f; do echo x >> \"$f\"; done;"
       "borg create repo::b $dirs; borg prune --keep-last 1 repo; borg compact repo", tree, env=env)


@work("downloads: files that grow, then get their name", "curl")
def _(tree):
    sh("for f in $(find . -type f ! -name '.*' -size +4k | head -30); do curl -s -o \"$f.part\" \"file://$PWD/$f\"; "
       "mv \"$f.part\" \"$(dirname $f)/got-$(basename $f)\"; done", tree)


@work("texts edited in place (sed -i), line endings converted")
def _(tree):
    sh("find . -name '*.txt' -o -name '*.csv' -o -name '*.c' -o -name '*.html' -o -name '*.md' -o -name '*.json' -o -name "
       "'*.xml' | while read -r f; do sed -i 's/report/review/g' \"$f\"; sed -i 's/$/\\r/' \"$f\"; iconv -f utf-8 -t utf-16 "
       "\"$f\" > \"$f.16\" 2>/dev/null && mv \"$f.16\" \"$f\" || rm -f \"$f.16\"; done", tree)


@work("clean-up: delete half of everything, empty the rest of the logs")
def _(tree):
    sh("find . -type f ! -name '.*' | awk 'NR%2' | while read -r f; do rm \"$f\"; done; find . -name '*.log' | while read -r f; "
       "do : > \"$f\"; done", tree)


@work("key stores and random data: new keys, a LUKS image, tokens rewritten", "openssl")
def _(tree):
    sh("mkdir keys; for i in 1 2 3 4 5 6 7 8; do head -c 4096 /dev/urandom > keys/k$i.key; openssl genrsa -out keys/p$i.pem "
       "1024 2>/dev/null; done; for n in 1 2 3; do for i in 1 2 3 4 5 6 7 8; do head -c 4096 /dev/urandom > keys/k$i.key; done; done;"
       "for i in 1 2 3 4 5 6; do head -c 300000 /dev/zero > keys/disk$i.img; dd if=/dev/urandom of=keys/disk$i.img bs=4096 "
       "count=60 conv=notrunc 2>/dev/null; done", tree)


class Person:
    """Lets whoever is frozen go on, as a person would, so that the work comes to its end; keeps the alerts."""

    def __init__(self, guard):
        self.guard, self.alerts, self.over, self.work = guard, [], threading.Event(), ""
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self):
        seen = 0
        while not self.over.is_set():
            self.guard.wait(lambda: len(self.guard.said("incident")) > seen, 0.2)
            for told in self.guard.said("incident")[seen:]:
                seen += 1
                self.alerts.append({"work": self.work, "program": told["actor"]["process"]["executable"],
                                    "reasons": [reason["text"] for reason in told["reasons"]],
                                    "files": told["files_changed"]})
                self.guard.ask("allow", told["id"])

    def leave(self):
        self.over.set()
        self.thread.join(5)


def run_all(lab, mount, half, only=()):
    rows = []
    for name, (function, tools) in WORKS.items():
        if only and name not in only:
            continue
        row = {"part": "benign", "work": name, "fs": mount.kind, "half": half}
        missing = [tool for tool in tools if shutil.which(tool) is None]
        if missing:
            row["skipped"] = f"{missing[0]} is not installed"
            rows.append(row)
            continue
        home = mount.at / "cell"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        tree = home / "data"
        copy_tree(lab.work / "corpus" / half, tree)
        canaries = lay_canaries(tree, home / "canaries")
        listeners = [Listener(lab.programs, tree, rule, canaries=canaries) for rule in ("entropy", "renames", "canary")]
        guard = Guard(lab.vedette, [tree], home / "vault")
        try:
            began = time.time()
            person = Person(guard)
            try:
                function(tree)
            except (RuntimeError, LookupError, subprocess.TimeoutExpired) as why:
                row["failed"] = str(why)[:300]
            row["seconds"] = round(time.time() - began, 2)
            time.sleep(0.4)
            person.leave()
            row["freezes"], row["alerts"] = len(person.alerts), person.alerts
            row["notices"] = sorted({told["event"] for _, told in guard.lines} - {"started", "incident", "rollback"})
            row["rivals"] = {listener.rule: listener.alarmed() for listener in listeners}
        finally:
            ended = guard.stop()
            if ended:
                row["guard_ended"] = ended
            for listener in listeners:
                listener.stop()
        rows.append(row)
        lab.keep(row)
        lab.say("{:6} {:58} {:>6}s  {}".format(
            mount.kind, name, row["seconds"], f"FROZEN {row['freezes']}x" if row["freezes"] else "quiet") +
            "".join(f"  {key}={row[key]}" for key in ("failed", "notices", "guard_ended") if row.get(key)) +
            "".join(f"\n       {a['program']} {a['files']} files: {' / '.join(a['reasons'])}" for a in row["alerts"]))
    shutil.rmtree(f"/tmp/vedette-files-gpg-{os.getpid()}", ignore_errors=True)
    return rows


def one_day(lab, mount, half):
    """All works one after another under one guard, so that whatever adds up, adds up."""
    home = mount.at / "cell"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    (home / "data").mkdir()
    row = {"part": "day", "fs": mount.kind, "half": half, "works": 0, "failed": []}
    guard = Guard(lab.vedette, [home / "data"], home / "vault")
    try:
        person = Person(guard)
        for number, (name, (function, tools)) in enumerate(WORKS.items()):
            if any(shutil.which(tool) is None for tool in tools) or name.startswith("PostgreSQL"):
                continue
            tree = home / "data" / str(number) / "data"
            tree.parent.mkdir()
            person.work = name
            copy_tree(lab.work / "corpus" / half, tree)
            try:
                function(tree)
            except (RuntimeError, LookupError, subprocess.TimeoutExpired) as why:
                row["failed"].append(f"{name}: {str(why)[:120]}")
            row["works"] += 1
            time.sleep(0.3)
            shutil.rmtree(tree.parent, ignore_errors=True)
        person.leave()
        row["freezes"], row["alerts"] = len(person.alerts), person.alerts
    finally:
        ended = guard.stop()
        if ended:
            row["guard_ended"] = ended
    shutil.rmtree(f"/tmp/vedette-files-gpg-{os.getpid()}", ignore_errors=True)
    lab.keep(row)
    lab.say(f"{mount.kind:6} a day of {row['works']} works under one guard: {row.get('freezes')} freezes" +
            "".join(f"\n       {a['work']}: {a['program']}: {' / '.join(a['reasons'])}" for a in row.get("alerts", [])) +
            "".join(f"\n       did not work: {f}" for f in row["failed"]))
    return row
