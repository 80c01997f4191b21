"""A booted copy of this machine: its own files, copied on write, with its own systemd; nothing of this machine is changed.

For tests of units. Needs root, systemd-nspawn and overlayfs; says so, and the test is skipped elsewhere (exit code 77).
"""
import os, pathlib, re, shutil, signal, subprocess, sys, tempfile, time

SKIPPED = 77
BOOT = '''
mount -t tmpfs tmpfs "$1/top" && mkdir "$1/top/up" "$1/top/work" "$1/top/root" &&
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/top/up,workdir=$1/top/work" "$1/top/root" || exit 77
shift
exec systemd-nspawn "$@"
'''


def skip(why):
    print('SKIPPED: ' + why)
    sys.exit(SKIPPED)


def check(true, what):
    if not true:
        raise AssertionError(what)
    print('ok  ' + what, flush=True)


def until(what, ready, seconds=30):
    end = time.time() + seconds
    while time.time() < end:
        got = ready()
        if got:
            print('ok  ' + what, flush=True)
            return got
        time.sleep(0.2)
    raise AssertionError('not within %d s: %s' % (seconds, what))


class Machine:
    """It has its own processes and shares the network. `binds`: options of systemd-nspawn that show it files."""

    def __init__(self, at, binds):
        self.at = at
        (at / 'top').mkdir()
        # basic.target: none of the services that this machine has enabled is started once more.
        self.log = open(at / 'machine.log', 'w+')
        self.process = subprocess.Popen(
            ['unshare', '--mount', '--propagation', 'private', 'bash', '-c', BOOT, 'boot', str(at), '-D', f'{at}/top/root',
             '--register=no', '--keep-unit', '--link-journal=no', '--capability=all',
             '--system-call-filter=fanotify_init fanotify_mark open_by_handle_at name_to_handle_at bpf', *binds, '--console=pipe',
             '-b', 'systemd.unit=basic.target', 'systemd.show_status=no'],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, start_new_session=True)
        self.leader = None
        end = time.time() + 40
        while time.time() < end and self.process.poll() is None:
            children = subprocess.run(['pgrep', '-P', str(self.process.pid)], capture_output=True, text=True).stdout.split()
            self.leader = children[0] if children else None
            if self.leader and self.inside('systemctl', 'is-system-running').strip() in ('running', 'degraded'):
                return
            time.sleep(0.3)
        why = (at / 'machine.log').read_text()[-300:].strip()
        self.end()
        skip('systemd does not boot here: ' + why)

    def inside(self, *words):
        # Not through pipes that what is started and stopped there would hold open.
        with tempfile.TemporaryFile('w+') as said:
            subprocess.run(['nsenter', '-t', self.leader, '-a', *words], stdin=subprocess.DEVNULL, stdout=said, stderr=said, timeout=60)
            said.seek(0)
            return said.read()

    def unit(self, name):
        told = self.inside('systemctl', 'show', name, '-p', 'ActiveState,SubState,Result,NRestarts,MainPID')
        return dict(line.split('=', 1) for line in told.splitlines() if '=' in line)

    def journal(self, name, lines=10_000):
        return self.inside('journalctl', '-u', name, '--no-pager', '-n', str(lines))

    def exposure(self, name):
        """What systemd-analyze security says of the unit: 0 (nothing to attack) to 10; None where it says nothing."""
        said = re.search(r'exposure level.*?: ([0-9.]+)', self.inside('systemd-analyze', 'security', name, '--no-pager'))
        return float(said[1]) if said else None

    def processes(self, word):
        """(pid, state) there of those with `word` in what they were started with."""
        lines = self.inside('ps', 'axo', 'pid=,stat=,args=').splitlines()
        return [(int(line.split()[0]), line.split()[1]) for line in lines if word in line and ' ps axo' not in line]

    def end(self):
        if self.leader:
            try:
                os.kill(int(self.leader), signal.SIGKILL)  # its init: everything in there ends with it
            except ProcessLookupError:
                pass
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.process.wait(10)


def in_a_folder(run):
    """Calls run(a folder that is removed afterwards), where machines can be booted."""
    if os.geteuid() != 0:
        skip('needs root')
    if not shutil.which('systemd-nspawn') or not os.path.exists('/usr/lib/systemd/systemd'):
        skip('needs systemd-nspawn (package systemd-container) and systemd')
    at = pathlib.Path(tempfile.mkdtemp(prefix='vedette-unit-', dir='/var/tmp'))
    try:
        run(at)
    finally:
        shutil.rmtree(at, ignore_errors=True)
