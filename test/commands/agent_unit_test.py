"""The agent's unit under a real systemd (booted_machine.py): readiness, hardening (the guard must still stop an encryption run),
the watchdog, and an orderly end.
"""
import json, os, socket, subprocess, sys, urllib.request

sys.dont_write_bytecode = True
from booted_machine import Machine, check, in_a_folder, until

VEDETTE, UNIT = (os.path.realpath(path) for path in sys.argv[1:3])
# As the unit has it, but so that a test need not wait for minutes.
FASTER = '[Service]\nWatchdogSec=4\nTimeoutAbortSec=2\n'
ENCRYPTS = '''import os
for name in os.listdir('/srv/tree'):
    path = '/srv/tree/' + name
    size = os.path.getsize(path)
    with open(path, 'r+b') as file: file.write(os.urandom(size))
    os.rename(path, path + '.locked')
'''


def free_port():
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


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
        (at / 'faster.conf').write_text(FASTER)
        machine = Machine(at, [
            f'--bind-ro={VEDETTE}:/usr/bin/vedette', f'--bind-ro={UNIT}:/etc/systemd/system/vedette-agent.service',
            f'--bind-ro={at}/faster.conf:/etc/systemd/system/vedette-agent.service.d/faster.conf',
            *(f'--bind={at}/{name}:{to}' for name, to in (('state', '/var/lib/vedette-agent'), ('root', '/srv/root'), ('tree', '/srv/tree')))])
        machine.inside('systemctl', 'start', 'vedette-agent')  # of Type=notify: comes back when it is ready
        unit = machine.unit('vedette-agent')
        check((unit['ActiveState'], unit['SubState']) == ('active', 'running'), f'the unit is ready: {unit}')
        until('the guard runs below it', lambda: len(machine.processes('files guard /srv/tree')) == 3)
        guards = machine.processes('files guard /srv/tree')
        until('the policy is in force', lambda: 'policy is in force' in machine.journal('vedette-agent'))

        (at / 'root/x.php').write_text('<?php eval($_POST["x"]);')
        until('a web shell is an alert', lambda: 'web_shell' in server.kinds())
        machine.inside('setsid', '-f', 'python3', '-c', ENCRYPTS)
        until('an encryption run is an alert', lambda: 'encryption_attack' in server.kinds())
        states = [state for _, state in machine.processes('python3 -c import os')]
        check(states and states[0][0] in 'TD', f'it is stopped, or waits in open(): {states}')
        changed = sum(name.endswith('.locked') for name in os.listdir(at / 'tree'))
        check(0 < changed <= 10, f'{changed} of 40 files were changed')

        machine.inside('kill', '-STOP', unit['MainPID'])
        until('an agent that hangs is started again by the watchdog', lambda: machine.unit('vedette-agent')['NRestarts'] != '0')
        until('it is ready again', lambda: machine.unit('vedette-agent')['SubState'] == 'running')
        check('Watchdog timeout' in machine.journal('vedette-agent'), 'because of its watchdog')
        check({pid for pid, _ in machine.processes('files guard /srv/tree')} == {pid for pid, _ in guards}, 'the guard went on')
        for pid, _ in machine.processes('python3 -c import os'):
            machine.inside('kill', '-KILL', str(pid))

        exposure = machine.exposure('vedette-agent.service')
        check(exposure is not None and exposure <= 4.5, f'systemd-analyze security: {exposure}')
        machine.inside('systemctl', 'stop', 'vedette-agent')
        unit = machine.unit('vedette-agent')
        check((unit['ActiveState'], unit['Result']) == ('inactive', 'success'), f'it ends in order: {unit}')
        until('the guard ended with it', lambda: not machine.processes('files guard'))
    except AssertionError:
        print(server.kinds())
        if machine:
            print(machine.journal('vedette-agent', 40))
        raise
    finally:
        if machine:
            machine.end()
        server.process.terminate()
        server.process.wait(30)


in_a_folder(run)
