"""An agent and a server as two processes: enrolment over mutual TLS, a web shell, kill -9 of each side."""
import json, os, pathlib, signal, socket, subprocess, sys, tempfile, time, unittest, urllib.request

VEDETTE = sys.argv.pop(1)
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

    def start_agent(self):
        before = (self.at / 'log').read_text().count('Watching ')
        self.agent = self.start('agent', 'run', '--state', str(self.at / 'state'), '--web-root', str(self.at / 'root'))
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
