"""What `cmake --install` puts on a machine, under a real systemd (booted_machine.py): the units of the server and of its watchdog.

The server is ready, sees with all its watches inside the unit's confines, survives kill -9 and a hang; the watchdog shouts by
a way of its own meanwhile; both end in order.
"""
import http.server, json, os, socket, subprocess, sys, threading, urllib.error, urllib.request

sys.dont_write_bytecode = True
from booted_machine import Machine, check, in_a_folder, until

BUILD = os.path.realpath(sys.argv[1])
CONFIG = '''[server]
listen = "127.0.0.1:%d"
[sites]
allow_loopback = true
interval_seconds = 5
learn_fetches = 3
[logs]
enabled = true
disk_reserve_mib = 0
[tour]
enabled = false
'''
# As the units have it, but so that a test need not wait for minutes: the watchdog shouts before systemd acts.
FASTER = '[Service]\nWatchdogSec=14\nTimeoutAbortSec=2\n'
FASTER_WATCHDOG = '[Service]\nExecStart=\nExecStart=/usr/bin/vedette watchdog --every 1 --silent-after 4\n'
PAGE = '<!doctype html><title>Cổng thông tin</title><h1>UBND huyện Mẫu Sơn</h1><p>Lịch tiếp công dân và thủ tục hành chính.</p>' * 4
DEFACED = '<!doctype html><title>Hacked</title><body bgcolor=black><h1>HACKED BY Team Nowhere</h1><p>your security is a joke'


def free_port():
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


class Outside(http.server.ThreadingHTTPServer):
    """A page to be watched, and where the watchdog shouts to."""

    def __init__(self):
        outside, self.page, self.shouts = self, PAGE, []

        class Answers(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.answer(outside.page.encode())

            def do_POST(self):
                outside.shouts.append(json.loads(self.rfile.read(int(self.headers['Content-Length']))))
                self.answer(b'')

            def answer(self, body):
                self.send_response(200)
                self.send_header('Content-Type', 'text/html; charset=utf-8')
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        super().__init__(('127.0.0.1', 0), Answers)
        self.url = f'http://127.0.0.1:{self.server_address[1]}'
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def states(self):
        return [shout['state'] for shout in self.shouts]


class Server:
    def __init__(self, machine):
        self.access = json.loads(machine.inside('cat', '/var/lib/vedette/local.json'))

    def call(self, method, path, body=None, kind='application/json'):
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.access['url'] + path, method=method, data=data,
                                         headers={'Authorization': 'Bearer ' + self.access['token'], 'Content-Type': kind})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def counter(self, name):
        request = urllib.request.Request(self.access['url'] + '/metrics', headers={'Authorization': 'Bearer ' + self.access['token']})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return sum(float(line.split()[-1]) for line in answer.read().decode().splitlines() if line.startswith(name))

    def sights(self):
        return [sight for watch in self.call('GET', '/api/v1/health/detail')['watches'] for sight in watch['sights']]

    def alerts(self):
        return {one['id'] for one in self.call('GET', '/api/v1/alerts')['items']}


def install(at, port, outside):
    """Options that show the machine what was installed, file by file."""
    stage = at / 'stage'
    subprocess.run(['cmake', '--install', BUILD, '--prefix', '/usr'], check=True, capture_output=True, env={**os.environ, 'DESTDIR': str(stage)})
    files = sorted(str(path.relative_to(stage)) for path in stage.rglob('*') if path.is_file())
    for wanted in ('usr/bin/vedette', 'usr/lib/vedette/libduckdb.so', 'usr/lib/systemd/system/vedette.service', 'usr/share/man/man1/vedette.1',
                   'etc/vedette/vedette.toml'):
        check(wanted in files, f'installed: /{wanted}')
    (stage / 'etc/vedette/vedette.toml').write_text(CONFIG % port)
    subprocess.run(['cmake', '--install', BUILD, '--prefix', '/usr'], check=True, capture_output=True, env={**os.environ, 'DESTDIR': str(stage)})
    check((stage / 'etc/vedette/vedette.toml').read_text() == CONFIG % port, 'a changed configuration is kept by the next installation')
    for path, text in (('etc/vedette/watchdog.env', f'VEDETTE_WATCHDOG_URL=http://127.0.0.1:{port}/healthz\nVEDETTE_WATCHDOG_WEBHOOK={outside.url}/shout\n'),
                       ('etc/systemd/system/vedette.service.d/faster.conf', FASTER),
                       ('etc/systemd/system/vedette-watchdog.service.d/faster.conf', FASTER_WATCHDOG)):
        (stage / path).parent.mkdir(parents=True, exist_ok=True)
        (stage / path).write_text(text)
    return [f'--bind-ro={path}:/{path.relative_to(stage)}' for path in stage.rglob('*') if path.is_file()]


def run(at):
    outside, port = Outside(), free_port()
    machine = Machine(at, install(at, port, outside))
    try:
        machine.inside('systemd-sysusers')
        machine.inside('systemctl', 'start', 'vedette')  # of Type=notify: comes back when it is ready
        unit = machine.unit('vedette')
        check((unit['ActiveState'], unit['SubState']) == ('active', 'running'), f'the server is ready: {unit}')
        check(machine.inside('stat', '-c', '%U %a', '/var/lib/vedette').split() == ['vedette', '700'], 'its folder is its own')
        check('users' in machine.inside('runuser', '-u', 'vedette', '--', 'vedette', 'users', '--help'), 'commands run as its user')
        machine.inside('systemctl', 'start', 'vedette-watchdog')
        until('the watchdog runs', lambda: machine.unit('vedette-watchdog')['SubState'] == 'running')

        server = Server(machine)
        site = server.call('POST', '/api/v1/sites', {'name': 'portal', 'url': outside.url + '/', 'interval_s': 5})['id']
        until('a page is learnt', lambda: server.call('GET', f'/api/v1/sites/{site}')['state'] not in ('learning', 'new'), 60)
        outside.page = DEFACED
        until('a defaced page is an alert', server.alerts, 60)
        # Of the changed page there is a picture: Chromium runs below the unit, in a sandbox of its own.
        until('Chromium renders it', lambda: server.counter('vedette_render_pages_total{result="ok"}') > 0, 60)
        bad = [sight for sight in server.sights() if not sight['ok']]
        check(not bad, f'nothing that the unit forbids keeps a watch from seeing: {bad}')
        before = server.alerts()
        taken = server.call('POST', '/ingest/bench', b'{"message":"one event under the unit"}\n', 'application/x-ndjson')
        check(taken['events'] == 1, f'an event is on the disk: {taken}')
        check(not outside.shouts, 'the watchdog had nothing to shout')

        machine.inside('kill', '-KILL', machine.unit('vedette')['MainPID'])
        until('killed, it is started again', lambda: machine.unit('vedette')['NRestarts'] == '1' and machine.unit('vedette')['SubState'] == 'running')
        server = Server(machine)
        check(before <= server.alerts(), 'what was told is still there')
        outside.shouts.clear()

        machine.inside('kill', '-STOP', machine.unit('vedette')['MainPID'])
        until('hung, the watchdog shouts', lambda: 'silent' in outside.states())
        until('systemd starts it again', lambda: machine.unit('vedette')['NRestarts'] == '2' and machine.unit('vedette')['SubState'] == 'running', 60)
        check('Watchdog timeout' in machine.journal('vedette'), 'because of its watchdog')
        until('the watchdog says that it is back', lambda: 'back' in outside.states())

        for name, most in (('vedette', 3.0), ('vedette-watchdog', 2.0)):
            exposure = machine.exposure(name + '.service')
            check(exposure is not None and exposure <= most, f'systemd-analyze security {name}: {exposure}')
        for name in ('vedette-watchdog', 'vedette'):
            machine.inside('systemctl', 'stop', name)
            unit = machine.unit(name)
            check((unit['ActiveState'], unit['Result']) == ('inactive', 'success'), f'{name} ends in order: {unit}')
    except (AssertionError, urllib.error.URLError):
        print(outside.shouts, Server(machine).sights(), machine.journal('vedette', 30), machine.journal('vedette-watchdog', 10), sep='\n')
        raise
    finally:
        machine.end()


in_a_folder(run)
