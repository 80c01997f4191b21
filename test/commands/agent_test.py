"""An agent and a server as two processes: enrolment over mutual TLS, a web shell, kill -9 of each side."""
import json, os, pathlib, random, signal, socket, subprocess, sys, tempfile, time, unittest, urllib.parse, urllib.request

VEDETTE = sys.argv.pop(1)
LOG_KILLS = int(os.environ.get('VEDETTE_LOG_KILLS', '4'))
SHELL = '<?php eval($_POST["x"]);'


def free_port():
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


class Agent(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.at = pathlib.Path(self.folder.name)
        (self.at / 'root').mkdir()
        (self.at / 'root/index.php').write_text('<?php echo "hi";')
        (self.at / 'v.toml').write_text(
            f'[server]\ndata_dir = "{self.at}/data"\nlisten = "127.0.0.1:{free_port()}"\n'
            f'[agents]\nlisten = "127.0.0.1:{free_port()}"\n[tour]\nenabled = false\n')
        self.running = []
        self.start_server()

    def tearDown(self):
        for one in self.running:
            one.kill()
            one.wait()
        self.folder.cleanup()

    def start(self, *args):
        with open(self.at / 'log', 'ab') as log:
            one = subprocess.Popen([VEDETTE, *args], stdout=log, stderr=log)
        self.running.append(one)
        return one

    def until(self, what, true):
        for _ in range(600):
            if true():
                return
            time.sleep(0.2)
        self.fail(f'{what}; the log says:\n' + (self.at / 'log').read_text())

    def start_server(self):
        (self.at / 'data/local.json').unlink(missing_ok=True)
        self.server = self.start('server', '--config', str(self.at / 'v.toml'))
        self.until('the server does not start', (self.at / 'data/local.json').exists)

    def start_agent(self, *more):
        before = (self.at / 'log').read_text().count('Watching ')
        self.agent = self.start('agent', 'run', '--state', str(self.at / 'state'), '--web-root', str(self.at / 'root'), *more)
        self.until('the agent does not start', lambda: (self.at / 'log').read_text().count('Watching ') > before)

    def kill(self, one):
        one.send_signal(signal.SIGKILL)
        one.wait()

    def run_once(self, *args):
        return subprocess.run([VEDETTE, *args], capture_output=True, text=True, timeout=120)

    def enrol_command(self):
        made = self.run_once('agent', 'token', '--config', str(self.at / 'v.toml'))
        self.assertEqual(made.returncode, 0, made.stderr)
        return made.stdout.strip().splitlines()[-1].split()[1:] + ['--state', str(self.at / 'state')]

    def alerts(self):
        access = json.loads((self.at / 'data/local.json').read_text())
        call = urllib.request.Request(access['url'] + '/api/v1/alerts',
                                      headers={'Authorization': 'Bearer ' + access['token']})
        with urllib.request.urlopen(call, timeout=60) as answer:
            return {one['kind']: one for one in json.load(answer)['items']}

    def count(self):
        return self.alerts().get('web_shell', {'count': 0})['count']

    def test_reports_through_kills_of_both_sides(self):
        command = self.enrol_command()
        done = self.run_once(*command)
        self.assertEqual(done.returncode, 0, done.stderr)
        again = self.run_once(*command[:-1], str(self.at / 'other'))
        self.assertEqual(again.returncode, 2)
        self.assertIn('used', again.stderr)
        self.start_agent()
        (self.at / 'root/one.php').write_text(SHELL)
        self.until('the web shell does not arrive', lambda: self.count() == 1)
        alert = self.alerts()['web_shell']
        self.assertEqual((alert['asset']['type'], alert['watch'], alert['severity']), ('host', 'files', 'critical'))

        self.kill(self.server)  # the finding waits in the spool
        (self.at / 'root/two.php').write_text(SHELL)
        self.until('the agent does not notice', lambda: 'not reached' in (self.at / 'log').read_text())
        self.start_server()
        self.until('the second does not arrive', lambda: self.count() == 2)

        self.kill(self.agent)  # what changes meanwhile is found by comparing
        (self.at / 'root/three.php').write_text(SHELL)
        self.start_agent()
        self.until('the third does not arrive', lambda: self.count() == 3)
        self.assertEqual(set(self.alerts()), {'web_shell'})

    def events(self):
        """All that the server has of the agent's log, as text → times."""
        access = json.loads((self.at / 'data/local.json').read_text())
        seen, cursor = {}, ''
        while cursor is not None:
            query = urllib.parse.urlencode({'limit': 500, **({'cursor': cursor} if cursor else {})})
            call = urllib.request.Request(f"{access['url']}/api/v1/events?{query}", headers={'Authorization': 'Bearer ' + access['token']})
            with urllib.request.urlopen(call, timeout=60) as answer:
                page = json.load(answer)
            for event in page['items']:
                self.assertEqual(event['host'], socket.gethostname())
                seen[event['raw']] = seen.get(event['raw'], 0) + 1
            cursor = page['next_cursor']
        return seen

    def test_each_line_of_a_log_comes_once_through_kills_and_rotation(self):
        self.kill(self.server)
        with open(self.at / 'v.toml', 'a') as config:
            config.write('[logs]\nenabled = true\nown_rules = false\ndisk_reserve_mib = 0\ntime_zone = "UTC"\n')
        self.start_server()
        done = self.run_once(*self.enrol_command())
        self.assertEqual(done.returncode, 0, done.stderr)
        log = self.at / 'logs/app.log'
        log.parent.mkdir()
        log.write_text('before the agent\n')
        chance, written, rotated = random.Random(20261129), [], 0
        self.start_agent('--log', str(log))
        time.sleep(1)
        def write(lines):
            with open(log, 'a') as out:
                for _ in range(lines):
                    written.append(f'2026-11-28T03:04:05Z other-host app[1]: line {len(written)}')
                    out.write(written[-1] + '\n')
        write(1)
        self.until('the first line does not come', lambda: len(self.events()) == 1)
        for _ in range(LOG_KILLS):
            write(chance.randrange(200))
            time.sleep(chance.uniform(0, 1.5))
            if chance.random() < 0.3:
                rotated += 1
                log.rename(log.with_name(f'app.log.{rotated}'))
                if chance.random() < 0.5:
                    subprocess.run(['gzip', str(log.with_name(f'app.log.{rotated}'))], check=True)
                log.touch()
            write(chance.randrange(20))
            if chance.random() < 0.5:
                self.kill(self.agent)
                self.start_agent('--log', str(log))
            else:
                self.kill(self.server)
                self.start_server()
        self.until('not every line comes', lambda: len(self.events()) >= len(written))
        seen = self.events()
        self.assertEqual(set(seen), set(written))
        self.assertEqual(set(seen.values()), {1})
        self.assertEqual(set(self.alerts()), set())
        print(f'{LOG_KILLS} kills, {rotated} rotations, {len(written)} lines: none lost, none twice')

    def test_wrong_pin_is_not_spoken_to(self):
        command = self.enrol_command()
        command[command.index('--pin') + 1] = 'sha256//' + 'A' * 43 + '='
        done = self.run_once(*command)
        self.assertEqual(done.returncode, 2)
        self.assertFalse((self.at / 'state/agent.json').exists())
        self.assertFalse((self.at / 'state/agent.key').exists())

    def test_without_enrolment_it_says_what_to_do(self):
        done = self.run_once('agent', 'run', '--state', str(self.at / 'state'))
        self.assertEqual(done.returncode, 2)
        self.assertIn('vedette agent token', done.stderr)


unittest.main(verbosity=2)
