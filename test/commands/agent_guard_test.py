"""The guard inside the agent: real processes that encrypt, a real TLS server that gives policies and orders, kill -9
of every part. Needs root and fanotify; says so and is skipped elsewhere."""
import contextlib, ctypes, hashlib, json, os, pathlib, shutil, signal, socket, subprocess, sys, tempfile, time, unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from agent_server import AgentServer, rfc3339

VEDETTE = str(pathlib.Path(sys.argv.pop(1)).resolve())
FILES = 80
# Writes random bytes over the next letter for each line it is sent, and says when it is done.
ATTACKER = '''
import os, pathlib, sys
for number, line in enumerate(sys.stdin):
    with open(pathlib.Path(sys.argv[1]) / f"letter{number}.txt", "r+b") as file:
        file.write(os.urandom(8192))
    print(number, flush=True)
'''


def letter(number):
    return ''.join(f'Letter {number}, line {line}: the committee met and agreed on the budget.\n' for line in range(120))


def processes(*words):
    """Pids whose command line has all the words."""
    out = []
    for entry in pathlib.Path('/proc').glob('[0-9]*/cmdline'):
        with contextlib.suppress(OSError):
            line = entry.read_bytes().decode(errors='replace').split('\0')
            if all(word in line for word in words):
                out.append(int(entry.parent.name))
    return sorted(out)


class Attacker:
    def __init__(self, tree):
        self.process = subprocess.Popen([sys.executable, '-c', ATTACKER, str(tree)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, bufsize=1, start_new_session=True)

    def one_more(self):
        self.process.stdin.write('\n')

    def files(self, count, pause=0.05):
        for _ in range(count):
            self.one_more()
            self.process.stdout.readline()
            time.sleep(pause)

    def state(self):
        return pathlib.Path(f'/proc/{self.process.pid}/stat').read_text().rsplit(')', 1)[1].split()[0]

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class GuardedHost(unittest.TestCase):
    state_name = 'state'

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest('needs root')
        if ctypes.CDLL(None).fanotify_init(0x04, os.O_RDONLY) < 0:
            self.skipTest('fanotify permission events are not allowed here')
        self.at = pathlib.Path(tempfile.mkdtemp(prefix='vedette-guarded-'))
        self.state = self.at / 'state'
        self.tree = self.at / 'tree'
        self.tree.mkdir()
        for number in range(FILES):
            (self.tree / f'letter{number}.txt').write_text(letter(number))
        self.server = AgentServer(self.at / 'server')
        self.running, self.attackers, self.environment = [], [], dict(os.environ)
        self.addCleanup(self.tidy)

    def tidy(self):
        for one in self.running:
            if one.poll() is None:
                one.terminate()
                try:
                    one.wait(20)
                except subprocess.TimeoutExpired:
                    one.kill()
                    one.wait()
        for one in self.attackers:
            one.end()
        for pid in self.guard():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.server.stop()
        subprocess.run(['umount', '-l', self.state], capture_output=True)
        shutil.rmtree(self.at, ignore_errors=True)

    def log(self):
        return (self.at / 'log').read_text() if (self.at / 'log').exists() else ''

    def until(self, what, true, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = true()
            if value:
                return value
            time.sleep(0.05)
        self.fail(f'{what}; the state is {json.dumps(self.server.state)[:3000]}; the log says:\n{self.log()[-6000:]}')

    def enrol(self):
        done = subprocess.run([VEDETTE, 'agent', 'enroll', '--server', f'https://127.0.0.1:{self.server.port}', '--pin',
                               self.server.pin, '--token', 'vde_x', '--state', str(self.state)], capture_output=True,
                              text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)

    def start_agent(self, *before):
        with open(self.at / 'log', 'ab') as log:
            self.agent = subprocess.Popen([*before, VEDETTE, 'agent', 'run', '--state', str(self.state)], stdout=log,
                                          stderr=log, env=self.environment, start_new_session=True)
        self.running.append(self.agent)

    def guard(self):
        """[watchdog, guard]: those of the guard's processes that are not its keeper of descriptors."""
        def name(pid):
            with contextlib.suppress(OSError):
                return pathlib.Path(f'/proc/{pid}/comm').read_text().strip()
        return [pid for pid in processes('guard', str(self.state / 'vault')) if name(pid) != 'vedette-keeper']

    def sight(self, what, ok):
        return next((one for one in (self.server.state or {}).get('sights', ())
                     if one['what'] == what and one['ok'] == ok), None)

    def guarded(self, mode='observe', **policy):
        """An enrolled agent whose guard runs."""
        self.server.set_policy(1, mode=mode, trees=[str(self.tree)], **policy)
        self.enrol()
        self.start_agent()
        self.until('the guard does not run', lambda: (self.server.state or {}).get('mode') == mode)

    def attacker(self):
        self.attackers.append(Attacker(self.tree))
        return self.attackers[-1]

    def attack(self):
        """Until the server knows an incident of it: (attacker, incident)."""
        attacker = self.attacker()
        before = len(self.server.told('file_incident'))
        for _ in range(FILES - 20):
            attacker.files(1)
            if len(self.server.told('file_incident')) > before:
                break
        return attacker, self.until('no incident is told',
                                    lambda: len(self.server.told('file_incident')) > before and self.server.incident())

    def ordered(self, kind, incident, **more):
        order = self.server.order(kind, incident, **more)
        return self.until(f'no result of {kind}', lambda: self.server.result(order))

    def whole(self):
        return [number for number in range(FILES)
                if (self.tree / f'letter{number}.txt').read_bytes() != letter(number).encode()]

    def findings(self):
        return [one['finding'] for one in self.server.told('finding') if one['finding']['kind'] == 'encryption_attack']


class Orders(GuardedHost):
    def test_freeze_thaw_rollback_allow(self):
        self.guarded('observe')
        attacker, incident = self.attack()
        self.assertEqual((incident['state'], incident['frozen']), ('observed', False))
        self.assertEqual(incident['actor']['lineage'][0]['pid'], attacker.process.pid)
        self.assertEqual(incident['files'][0]['path'], str(self.tree / 'letter0.txt'))
        self.assertEqual(incident['files'][0]['from_type'], 'text/plain')
        finding = self.findings()[0]
        self.assertEqual(finding['dedup_key'], f'files/{self.server.host_id}/incident/{incident["id"]}')
        self.assertEqual(finding['severity'], 'critical')

        self.assertTrue(self.ordered('freeze', incident['id'])['ok'])
        self.assertEqual(attacker.state(), 'T')
        frozen = self.until('it is not told as frozen', lambda: (now := self.server.incident()) and now['frozen'] and now)
        self.assertEqual(frozen['state'], 'frozen')
        self.assertTrue(self.ordered('thaw', incident['id'])['ok'])
        attacker.files(3)
        # What grows is told, by the same incident and without a further alert.
        self.until('it does not grow', lambda: len(self.server.incident()['files']) >= len(incident['files']) + 3)

        self.assertTrue(self.ordered('rollback', incident['id'])['ok'])
        self.assertEqual(self.whole(), [])
        self.assertEqual(attacker.state(), 'T')
        self.until('the report does not come', lambda: self.server.told('file_incident_report'))
        report = self.server.told('file_incident_report')[-1]
        self.assertEqual((report['failed'], report['part'], report['parts']), (0, 1, 1))
        by_path = {one['path']: one for one in report['files']}
        self.assertEqual(by_path[str(self.tree / 'letter0.txt')]['sha256'],
                         hashlib.sha256(letter(0).encode()).hexdigest())
        last = self.until('its state is not told',
                          lambda: (now := self.server.incident())['state'] == 'rolled_back' and now)
        self.assertEqual({one['state'] for one in last['files']}, {'restored'})

        result = self.ordered('allow', incident['id'], until=rfc3339(time.time() + 3600))
        self.assertTrue(result['ok'], result)
        attacker.files(15)
        self.until('it is not told as allowed', lambda: self.server.incident()['state'] == 'allowed')
        time.sleep(1)
        self.assertEqual(len(self.findings()), 1, 'what is allowed is no further alert')
        self.assertEqual(self.server.told('guard_notice'), [])

    def test_orders_that_are_none(self):
        self.guarded('observe')
        attacker, incident = self.attack()
        # Played back after it was done, signed by another, changed on the way, for another host, too late, unknown.
        good = self.server.sign({'kind': 'freeze', 'id': 'once', 'host_id': self.server.host_id,
                                 'incident_id': incident['id'], 'issued_at': rfc3339(time.time()),
                                 'expires_at': rfc3339(time.time() + 600)})
        self.server.give('once', good)
        self.until('no result', lambda: self.server.result('once'))
        self.assertTrue(self.ordered('thaw', incident['id'])['ok'])
        self.server.give('played back', good)
        self.server.give('changed', good | {'payload': good['payload'].replace('once', 'twice')})
        other = self.server.sign(json.loads(good['payload']) | {'id': 'other', 'host_id': 'somebody'})
        self.server.give('other', other)
        program = self.server.sign(json.loads(good['payload']) | {'id': 'run', 'kind': 'run', 'command': 'id'})
        self.server.give('run', program)
        late = self.ordered('freeze', incident['id'], expires=-5)
        self.assertEqual((late['ok'], late['text']['key']), (False, 'files.order.expired'))
        unknown = self.ordered('rollback', '01930000-0000-7000-8000-000000000000')
        self.assertFalse(unknown['ok'])
        beats = self.server.heartbeats
        self.until('the heart stopped', lambda: self.server.heartbeats > beats + 3)
        self.assertNotEqual(attacker.state(), 'T')
        self.assertEqual([one['id'] for one in self.server.told('order_result')].count('once'), 1)
        refused = self.until('nobody is told', lambda: [one for one in self.server.told('guard_notice')
                                                        if one['notice']['kind'] == 'order_refused'])
        self.assertEqual(refused[0]['notice']['text']['key'], 'files.guard.order_refused')

    def test_rollback_after_the_guard_was_switched_off(self):
        self.guarded('hold')
        attacker, incident = self.attack_until_stopped()
        self.server.set_policy(2, mode='off', trees=[str(self.tree)])
        self.until('the guard goes on', lambda: self.server.state['mode'] == 'off' and not self.guard())
        result = self.ordered('freeze', incident['id'])
        self.assertEqual(result['text']['key'], 'files.order.no_guard')
        self.assertTrue(self.ordered('rollback', incident['id'])['ok'])
        self.assertEqual(self.whole(), [])
        self.until('no report', lambda: self.server.told('file_incident_report'))
        self.assertTrue(self.ordered('thaw', incident['id'])['ok'])
        self.until('it is still stopped', lambda: attacker.state() != 'T')

    def attack_until_stopped(self):
        attacker = self.attacker()
        for _ in range(FILES - 20):
            attacker.one_more()
            time.sleep(0.1)
            if attacker.state() == 'T':
                break
        self.assertEqual(attacker.state(), 'T')
        return attacker, self.until('no incident is told', self.server.incident)

    def test_rollback_by_policy(self):
        self.guarded('rollback')
        attacker, incident = self.attack_until_stopped()
        self.until('it is not told', lambda: self.server.incident()['state'] == 'rolled_back')
        self.assertEqual(self.whole(), [])
        self.until('no report', lambda: self.server.told('file_incident_report'))
        self.assertEqual(len(self.findings()), 1)


class Policies(GuardedHost):
    def test_in_force_without_the_server_and_changed_by_it(self):
        apart = self.tree / 'apart'
        apart.mkdir()
        self.guarded('observe')
        before = self.guard()
        self.assertEqual(len(before), 2)
        self.server.set_policy(2, mode='hold', trees=[str(self.tree), str(self.at / 'missing')], exclude=[str(apart)])
        self.until('the mode does not change', lambda: self.server.state['mode'] == 'hold')
        self.assertFalse(set(before) & set(self.guard()))
        self.assertTrue(self.sight('guard', False), 'a tree that is missing is said')
        self.assertEqual([one['path'] for one in self.server.state['trees']], [str(self.tree)])
        self.assertTrue(self.sight('vault', True))

        # An orderly end leaves nothing behind; the next start needs no server.
        self.agent.terminate()
        self.assertEqual(self.agent.wait(30), 0)
        self.assertEqual(self.guard(), [])
        port = self.server.port
        self.server.stop()
        self.start_agent()
        self.until('no guard without the server', lambda: len(self.guard()) == 2)
        # A policy that somebody wrote by hand is not believed.
        self.agent.terminate()
        self.agent.wait(30)
        policy = json.loads((self.state / 'policy.json').read_text())
        policy['payload'] = policy['payload'].replace('"hold"', '"off"')
        (self.state / 'policy.json').write_text(json.dumps(policy))
        self.server.start(port)
        self.server.set_policy(3, mode='hold', trees=[str(self.tree)])
        self.start_agent()
        self.until('nobody is told', lambda: [one for one in self.server.told('guard_notice')
                                              if one['notice']['kind'] == 'policy_refused'])
        self.until('the server does not mend it', lambda: self.server.state['policy_version'] == 3
                   and self.server.state['mode'] == 'hold')
        # One that was issued before is played back.
        with self.server.lock:
            old = json.loads(self.server.policy[1]['payload']) | {'version': 2, 'issued_at': rfc3339(0), 'mode': 'off'}
            self.server.policy = (2, self.server.sign(old))
        self.until('it is not seen', lambda: any(one['text']['key'] == 'files.sight.policy.refused'
                                                 for one in self.server.state['sights']))
        self.assertEqual(self.server.state['mode'], 'hold')

    def test_web_roots_of_the_policy(self):
        root = self.at / 'web'
        root.mkdir()
        self.server.set_policy(1, web_roots=[str(root)])
        self.enrol()
        self.start_agent()
        self.until('it is not watched', lambda: (self.server.state or {}).get('web_roots') == [str(root)])
        self.until('it is not learned', lambda: self.sight('webroots', True))
        time.sleep(1)
        (root / 'x.php').write_text('<?php eval($_POST["x"]);')
        self.until('the web shell is not told',
                   lambda: any(one['finding']['kind'] == 'web_shell' for one in self.server.told('finding')))
        self.server.set_policy(2)
        self.until('it is still watched', lambda: self.server.state['web_roots'] == [])

    def test_enrolled_by_an_older_server(self):
        self.server.give_command_key = False
        self.server.set_policy(1, mode='hold', trees=[str(self.tree)])
        self.enrol()
        self.start_agent()
        sight = self.until('it does not say so', lambda: any(
            one['text']['key'] == 'files.sight.orders.no_key' for one in (self.server.state or {}).get('sights', ())))
        self.assertTrue(sight)
        self.assertFalse(self.server.state['command_key_known'])
        self.assertEqual((self.server.state['policy_version'], self.server.state['mode']), (0, 'off'))

    def test_no_right_to_guard(self):
        self.server.set_policy(1, mode='observe', trees=[str(self.tree)])
        self.enrol()
        self.start_agent('setpriv', '--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin')
        gate = self.until('it does not say so', lambda: self.sight('gate', False))
        self.assertEqual(gate['text']['key'], 'files.sight.gate.observe_only')
        self.assertTrue(self.sight('guard', True), 'it observes')
        notices = self.until('nobody is told', lambda: self.server.told('guard_notice'))
        self.assertEqual(notices[0]['notice']['kind'], 'observe_only')
        for path in sorted(self.tree.iterdir()):
            if path.is_file():
                path.write_bytes(os.urandom(path.stat().st_size))
        told = self.until('the attack is not seen', lambda: self.server.told('file_incident'))
        self.assertEqual(told[0]['incident']['state'], 'observed')
        self.assertEqual(len(self.server.told('guard_notice')), 1, 'said once')


class Server(GuardedHost):
    def set_clock(self, offset):
        library = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'
        if not pathlib.Path(library).exists():
            self.skipTest('libfaketime is not there')
        self.environment |= {'LD_PRELOAD': library, 'FAKETIME': offset, 'DONT_FAKE_MONOTONIC': '1'}

    def test_later_means_later(self):
        self.guarded('observe')
        self.server.refuse['records'] = (429, {'Retry-After': '4'})
        attacker = self.attacker()
        attacker.files(15)
        self.until('nothing is sent', lambda: any(call == 'records' for call, _ in self.server.calls))
        attacker.files(15)
        time.sleep(9)
        with self.server.lock:
            sent = [at for call, at in self.server.calls if call == 'records']
            beats = [at for call, at in self.server.calls if call == 'heartbeat' and at > sent[0]]
        self.assertGreaterEqual(min(b - a for a, b in zip(sent, sent[1:])), 3.9, sent)
        self.assertGreater(len(beats), 6, 'the heart goes on')
        del self.server.refuse['records']
        self.until('it does not come later', self.server.incident)

    def test_a_new_certificate_before_the_old_one_ends(self):
        self.server.set_policy(1)
        self.server.days = 1
        self.enrol()
        self.set_clock('+20h')  # less than a third of its life is left
        self.server.days = 90
        self.start_agent()
        self.until('it is not renewed', lambda: any(call == 'renew' for call, _ in self.server.calls))
        self.until('the new one is not used', lambda: len(self.server.certificates) == 2)
        self.until('the old one is kept', lambda: not (self.state / 'agent.pem').exists())
        beats = self.server.heartbeats
        self.until('the heart stopped', lambda: self.server.heartbeats > beats + 2)
        self.assertEqual([call for call, _ in self.server.calls].count('renew'), 1)
        self.assertEqual(os.stat(next(self.state.glob('agent-*.key'))).st_mode & 0o777, 0o600)

    def test_a_clock_that_is_wrong(self):
        self.set_clock('+2d')
        self.guarded('observe')
        clock = self.until('it is not said', lambda: self.sight('clock', False))
        self.assertEqual(clock['text']['key'], 'files.sight.clock.ahead')
        self.assertAlmostEqual(int(clock['text']['arguments']['seconds']), 2 * 86400, delta=5)
        attacker, incident = self.attack()
        self.assertTrue(self.ordered('freeze', incident['id'])['ok'], 'a wrong clock keeps nobody from being helped')


class Kills(GuardedHost):
    def kill(self, pid):
        os.kill(pid, signal.SIGKILL)

    def test_the_agent_is_killed_and_the_guard_goes_on(self):
        self.guarded('hold')
        before = self.guard()
        self.agent.kill()
        self.agent.wait()
        self.assertEqual(self.guard(), before)
        # While there is no agent the files are guarded.
        attacker = self.attacker()
        for _ in range(40):
            attacker.one_more()
            time.sleep(0.1)
            if attacker.state() == 'T':
                break
        self.assertEqual(attacker.state(), 'T')
        self.start_agent()
        incident = self.until('it is not told afterwards', self.server.incident)
        self.until('it is not taken over', lambda: any(one['text']['key'] == 'files.sight.guard.adopted'
                                                       for one in self.server.state['sights']))
        self.assertEqual(self.guard(), before)
        self.assertEqual((incident['state'], incident['frozen']), ('held', True))
        # Killed again, between the record and its way: nothing is told twice as new.
        self.agent.kill()
        self.agent.wait()
        told = len(self.server.told('file_incident'))
        beats = self.server.heartbeats
        self.start_agent()
        self.until('it does not come back', lambda: self.server.heartbeats > beats + 2)
        time.sleep(1)
        self.assertEqual((len(self.findings()), len(self.server.told('file_incident'))), (1, told))
        self.assertTrue(self.ordered('rollback', incident['id'])['ok'])
        self.assertEqual(self.whole(), [])
        # An orderly end takes the adopted guard with it.
        self.agent.terminate()
        self.agent.wait(30)
        self.until('the guard stays', lambda: not self.guard())

    def test_the_agent_is_killed_while_a_rollback_is_carried_out(self):
        self.guarded('observe')
        attacker, incident = self.attack()
        attacker.files(10)
        self.server.order('rollback', incident['id'])
        # At any moment between the order's arrival and its result.
        self.until('it does not arrive', lambda: 'rollback' in self.log() or self.whole() == [] or
                   attacker.state() == 'T')
        self.agent.kill()
        self.agent.wait()
        self.start_agent()
        result = self.until('no result', lambda: self.server.told('order_result'))
        self.assertTrue(result[0]['ok'], result)
        self.assertEqual(self.whole(), [])
        self.until('no report', lambda: self.server.told('file_incident_report'))

    def test_the_guard_is_killed_and_hangs(self):
        self.guarded('observe')
        attacker, incident = self.attack()
        watchdog, guard = self.guard()
        self.kill(guard)
        self.until('it is not started again', lambda: len(now := self.guard()) == 2 and now[1] != guard)
        self.until('nobody is told', lambda: [one for one in self.server.told('guard_notice')
                                              if one['notice']['kind'] == 'guard_died'])
        # It knows what the dead one met, and it is not told anew.
        self.assertTrue(self.ordered('rollback', incident['id'])['ok'])
        self.assertEqual(self.whole(), [])
        self.assertEqual(len(self.findings()), 1)
        guard = self.guard()[1]
        os.kill(guard, signal.SIGSTOP)
        self.until('it is not ended', lambda: len(now := self.guard()) == 2 and now[1] != guard)
        self.until('nobody is told', lambda: [one for one in self.server.told('guard_notice')
                                              if one['notice']['kind'] == 'guard_hung'])

    def test_the_watchdog_and_the_guard_are_killed(self):
        self.guarded('observe')
        watchdog, guard = self.guard()
        os.killpg(watchdog, signal.SIGKILL)
        self.until('it is not started again', lambda: len(self.guard()) == 2)
        self.until('nobody is told', lambda: [one for one in self.server.told('guard_notice')
                                              if one['notice']['kind'] == 'guard_gone'])
        self.until('it is not in force again', lambda: self.server.state['mode'] == 'observe')
        # The same where the guard was taken over from an agent that was killed.
        self.agent.kill()
        self.agent.wait()
        self.start_agent()
        self.until('it is not taken over', lambda: any(one['text']['key'] == 'files.sight.guard.adopted'
                                                       for one in self.server.state['sights']))
        os.killpg(self.guard()[0], signal.SIGKILL)
        self.until('it is not started again', lambda: len(self.guard()) == 2)

    def test_the_server_is_away(self):
        self.guarded('observe')
        port = self.server.port
        self.server.stop()
        attacker = self.attacker()
        attacker.files(30)
        self.agent.kill()
        self.agent.wait()
        self.start_agent()
        time.sleep(1)
        self.server.start(port)
        incident = self.until('it does not come later', self.server.incident)
        self.assertEqual(len(self.findings()), 1)
        self.assertTrue(self.ordered('rollback', incident['id'])['ok'])
        self.assertEqual(self.whole(), [])


class FullDisk(GuardedHost):
    def test_a_spool_that_takes_nothing(self):
        self.state.mkdir()
        made = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=24m', 'vedette-test', self.state], capture_output=True)
        if made.returncode != 0:
            self.skipTest('no small file system may be mounted here')
        self.guarded('observe', vault_bytes=64 << 20)
        ballast = open(self.state / 'ballast', 'ab', buffering=0)
        # Room for the pre-images and the journal, none for the spool's pages: everything but 300 KB, then the rest
        # once the attack has been seen by the guard.
        with contextlib.suppress(OSError):
            while True:
                ballast.write(b'x' * 4096)
        attacker = self.attacker()
        attacker.files(30)
        self.until('the guard does not notice the full disk', lambda: 'cannot' in self.log() or 'full' in self.log()
                   or 'space' in self.log() or self.server.told('guard_notice'))
        beats = self.server.heartbeats
        self.until('the heart stopped', lambda: self.server.heartbeats > beats + 2)
        ballast.close()
        (self.state / 'ballast').unlink()
        attacker.files(10)
        self.until('nothing is told when there is room again', lambda: self.findings() and self.server.incident())
        time.sleep(2)
        self.assertEqual(len(self.findings()), 1)
        numbers = self.server.last
        self.assertEqual(len(self.server.records), numbers, 'no number is missing')


unittest.main(verbosity=2)
