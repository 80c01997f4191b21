"""The agent's unit under a real systemd: this machine's own files, copied on write, booted by systemd-nspawn.

Readiness, hardening (the guard must still stop an encryption run), the watchdog, and an orderly end. Needs root,
systemd-nspawn and overlayfs; says so and is skipped elsewhere (exit code 77). Nothing of this machine is changed.
"""
import json, os, pathlib, re, shutil, signal, socket, subprocess, sys, tempfile, time, urllib.request

SKIPPED = 77
VEDETTE, UNIT = (os.path.realpath(path) for path in sys.argv[1:3])
BOOT = '''
mount -t tmpfs tmpfs "$1/top" && mkdir "$1/top/up" "$1/top/work" "$1/top/root" &&
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/top/up,workdir=$1/top/work" "$1/top/root" || exit 77
shift
exec systemd-nspawn "$@"
'''
# As the unit has it, but so that a test need not wait for minutes.
FASTER = '[Service]\nWatchdogSec=4\nTimeoutAbortSec=2\n'
ENCRYPTS = '''import os
for name in os.listdir('/srv/tree'):
    path = '/srv/tree/' + name
    size = os.path.getsize(path)
    with open(path, 'r+b') as file: file.write(os.urandom(size))
    os.rename(path, path + '.locked')
'''


def skip(why):
    print('SKIPPED agent unit: ' + why)
    sys.exit(SKIPPED)


def check(true, what):
    if not true:
        raise AssertionError(what)
    print('ok  ' + what, flush=True)


def free_port():
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


def until(what, ready, seconds=30):
    end = time.time() + seconds
    while time.time() < end:
        if ready():
            return print('ok  ' + what, flush=True)
        time.sleep(0.2)
    raise AssertionError('not within %d s: %s' % (seconds, what))


class Server:
    def __init__(self, at):
        agents = free_port()
        (at / 'v.toml').write_text(
            f'[server]\ndata_dir = "{at}/data"\nlisten = "127.0.0.1:{free_port()}"\n[agents]\nlisten = "127.0.0.1:{agents}"\n'
            f'url = "https://127.0.0.1:{agents}"\n[tour]\nenabled = false\n')
        self.log = open(at / 'server.log', 'wb')
        self.process = subprocess.Popen([VEDETTE, 'server', '--config', str(at / 'v.toml')], stdout=self.log, stderr=self.log)
        until('the server runs', (at / 'data/local.json').exists)
        self.access = json.loads((at / 'data/local.json').read_text())
        made = subprocess.run([VEDETTE, 'agent', 'token', '--config', str(at / 'v.toml')], capture_output=True, text=True, check=True)
        subprocess.run([VEDETTE, *made.stdout.strip().splitlines()[-1].split()[1:], '--state', str(at / 'state')], check=True,
                       capture_output=True)

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.access['url'] + '/api/v1' + path, method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={'Authorization': 'Bearer ' + self.access['token'], 'Content-Type': 'application/json'})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def kinds(self):
        return {one['kind'] for one in self.call('GET', '/alerts')['items']}


class Machine:
    """A booted copy of this machine that has its own processes and the unit, and shares the network."""

    def __init__(self, at):
        self.at = at
        (at / 'top').mkdir()
        (at / 'faster.conf').write_text(FASTER)
        binds = [f'--bind-ro={VEDETTE}:/usr/bin/vedette', f'--bind-ro={UNIT}:/etc/systemd/system/vedette-agent.service',
                 f'--bind-ro={at}/faster.conf:/etc/systemd/system/vedette-agent.service.d/faster.conf',
                 *(f'--bind={at}/{name}:{to}' for name, to in (('state', '/var/lib/vedette-agent'), ('root', '/srv/root'),
                                                               ('tree', '/srv/tree')))]
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

    def unit(self):
        told = self.inside('systemctl', 'show', 'vedette-agent', '-p', 'ActiveState,SubState,Result,NRestarts,MainPID')
        return dict(line.split('=', 1) for line in told.splitlines() if '=' in line)

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


def run(at):
    for name in ('state', 'root', 'tree'):
        (at / name).mkdir()
    for i in range(40):
        (at / f'tree/report-{i}.csv').write_text('\n'.join(map(str, range(2000))))
    (at / 'root/index.php').write_text('<?php echo "hi";')
    server = Server(at)
    machine = None
    try:
        server.call('PUT', '/groups/default', {'mode': 'hold', 'trees': ['/srv/tree'], 'exclude': [], 'vault_bytes': 2**28,
                                               'web_roots': ['/srv/root'], 'web_root_discovery': False})
        machine = Machine(at)
        machine.inside('systemctl', 'start', 'vedette-agent')  # of Type=notify: comes back when it is ready
        unit = machine.unit()
        check((unit['ActiveState'], unit['SubState']) == ('active', 'running'), f'the unit is ready: {unit}')
        until('the guard runs below it', lambda: len(machine.processes('files guard /srv/tree')) == 3)
        guards = machine.processes('files guard /srv/tree')
        until('the policy is in force', lambda: 'policy is in force' in machine.inside('journalctl', '-u', 'vedette-agent', '--no-pager'))

        (at / 'root/x.php').write_text('<?php eval($_POST["x"]);')
        until('a web shell is an alert', lambda: 'web_shell' in server.kinds())
        machine.inside('setsid', '-f', 'python3', '-c', ENCRYPTS)
        until('an encryption run is an alert', lambda: 'encryption_attack' in server.kinds())
        states = [state for _, state in machine.processes('python3 -c import os')]
        check(states and states[0][0] in 'TD', f'it is stopped, or waits in open(): {states}')
        changed = sum(name.endswith('.locked') for name in os.listdir(at / 'tree'))
        check(0 < changed <= 10, f'{changed} of 40 files were changed')

        machine.inside('kill', '-STOP', unit['MainPID'])
        until('an agent that hangs is started again by the watchdog', lambda: machine.unit()['NRestarts'] != '0')
        until('it is ready again', lambda: machine.unit()['SubState'] == 'running')
        check('Watchdog timeout' in machine.inside('journalctl', '-u', 'vedette-agent', '--no-pager'), 'because of its watchdog')
        check({pid for pid, _ in machine.processes('files guard /srv/tree')} == {pid for pid, _ in guards}, 'the guard went on')
        for pid, _ in machine.processes('python3 -c import os'):
            machine.inside('kill', '-KILL', str(pid))

        exposure = re.search(r'exposure level.*?: ([0-9.]+)', machine.inside('systemd-analyze', 'security', 'vedette-agent.service', '--no-pager'))
        check(exposure and float(exposure[1]) <= 4.5, f'systemd-analyze security: {exposure and exposure[1]}')
        machine.inside('systemctl', 'stop', 'vedette-agent')
        unit = machine.unit()
        check((unit['ActiveState'], unit['Result']) == ('inactive', 'success'), f'it ends in order: {unit}')
        until('the guard ended with it', lambda: not machine.processes('files guard'))
    except AssertionError:
        print(server.kinds())
        if machine:
            print(machine.inside('journalctl', '-u', 'vedette-agent', '--no-pager', '-n', '40'))
        raise
    finally:
        if machine:
            machine.end()
        server.process.terminate()
        server.process.wait(30)


def main():
    if os.geteuid() != 0:
        skip('needs root')
    if not shutil.which('systemd-nspawn') or not os.path.exists('/usr/lib/systemd/systemd'):
        skip('needs systemd-nspawn (package systemd-container) and systemd')
    at = pathlib.Path(tempfile.mkdtemp(prefix='vedette-unit-', dir='/var/tmp'))
    try:
        run(at)
    finally:
        shutil.rmtree(at, ignore_errors=True)


main()
