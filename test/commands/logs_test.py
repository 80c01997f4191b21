"""Logs into a running server: syslog by logger(1), rsyslog's Elasticsearch output, NDJSON, kill -9 while events come in."""
import gzip, json, os, pathlib, random, shutil, signal, socket, subprocess, sys, tempfile, time, unittest
import urllib.error, urllib.parse, urllib.request

VEDETTE = sys.argv.pop(1)
KILLS = int(os.environ.get('VEDETTE_LOG_KILLS', '20'))
RULES = '''title: Command shell started
id: 11111111-1111-4111-8111-111111111111
logsource: {product: windows, category: process_creation}
detection:
  shell: {Image|endswith: '\\cmd.exe'}
  condition: shell
level: high
tags: [attack.t1059.003]
---
title: Failed password
id: 33333333-3333-4333-8333-333333333333
logsource: {product: linux}
detection:
  keywords: ['Failed password']
  condition: keywords
level: medium
'''


def free_port():
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


class Logs(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.at = pathlib.Path(self.folder.name)
        (self.at / 'rules').mkdir()
        (self.at / 'rules/ours.yml').write_text(RULES)
        self.syslog = free_port()
        (self.at / 'v.toml').write_text(
            f'[server]\ndata_dir = "{self.at}/data"\nlisten = "127.0.0.1:{free_port()}"\n[tour]\nenabled = false\n'
            f'[logs]\nenabled = true\nrules = ["{self.at}/rules"]\nown_rules = false\nsyslog_tcp = "127.0.0.1:{self.syslog}"\n'
            f'syslog_udp = "127.0.0.1:{self.syslog}"\ndisk_reserve_mib = 0\ntime_zone = "UTC"\n')
        self.running = []
        self.start_server()

    def tearDown(self):
        for one in self.running:
            one.kill()
            one.wait()
        self.folder.cleanup()

    def until(self, what, true):
        for _ in range(600):
            if true():
                return
            time.sleep(0.2)
        self.fail(f'{what}; the log says:\n' + (self.at / 'log').read_text()[-5000:])

    def start_server(self):
        (self.at / 'data/local.json').unlink(missing_ok=True)
        with open(self.at / 'log', 'ab') as log:
            self.server = subprocess.Popen([VEDETTE, 'server', '--config', str(self.at / 'v.toml')], stdout=log, stderr=log)
        self.running.append(self.server)
        self.until('the server does not start', (self.at / 'data/local.json').exists)
        self.access = json.loads((self.at / 'data/local.json').read_text())

    def call(self, path, body=None, headers=None, method=None):
        request = urllib.request.Request(self.access['url'] + path, data=body, method=method,
                                         headers={'Authorization': 'Bearer ' + self.access['token'], **(headers or {})})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def events(self, q=''):
        return self.call('/api/v1/events?' + urllib.parse.urlencode({'q': q, 'limit': 100}))['items']

    def alerts(self):
        return {one['title']: one for one in self.call('/api/v1/alerts')['items']}

    def test_syslog_is_stored_searched_and_detected(self):
        for way in ('--udp', '--tcp'):
            subprocess.run(['logger', way, '--server', '127.0.0.1', '--port', str(self.syslog), '--rfc5424', '-t', 'sshd',
                            'Failed password for root from 192.0.2.7 port 4711 ssh2'], check=True)
        self.until('the events do not arrive', lambda: len(self.events('source.ip=192.0.2.7 event.outcome=failure')) == 2)
        event = self.events('"failed PASSWORD"')[0]
        self.assertEqual(event['rules'], ['33333333-3333-4333-8333-333333333333'])
        self.assertEqual(self.call('/api/v1/events/' + event['id']), event)
        self.until('no alert', lambda: any('Failed password' in title for title in self.alerts()))
        self.assertEqual(len(self.alerts()), 1, 'one alert of both hits')
        source = self.call('/api/v1/log-sources')['items'][0]
        self.assertEqual((source['name'], source['events'], source['unparsed']), ('127.0.0.1', 2, 0))
        rules = self.call('/api/v1/log-rules')
        self.assertEqual(({rule['hits'] for rule in rules['items']}, rules['refused']), ({0, 2}, []))

    def test_rsyslog_sends_with_its_elasticsearch_output(self):
        if not shutil.which('rsyslogd') or not pathlib.Path('/usr/lib/x86_64-linux-gnu/rsyslog/omelasticsearch.so').exists():
            self.skipTest('rsyslog-elasticsearch is not installed')
        token = self.call('/api/v1/tokens', json.dumps({'name': 'shipper', 'scopes': ['logs:write']}).encode(),
                          {'Content-Type': 'application/json'})['token']
        host = urllib.parse.urlsplit(self.access['url'])
        (self.at / 'in.log').write_text('')
        (self.at / 'rsyslog.conf').write_text(f'''
global(workDirectory="{self.at}")
module(load="imfile" PollingInterval="1")
module(load="omelasticsearch")
template(name="event" type="list" option.jsonf="on") {{
  property(outname="message" name="msg" format="jsonf")
  property(outname="host.name" name="hostname" format="jsonf")
}}
input(type="imfile" File="{self.at}/in.log" Tag="app")
*.* action(type="omelasticsearch" server="{host.hostname}" serverport="{host.port}" uid="x" pwd="{token}" usehttps="off"
  searchIndex="app" searchType="" bulkmode="on" template="event" action.resumeRetryCount="-1" skipverifyhost="on"
  healthchecktimeout="5000")
''')
        with open(self.at / 'rsyslog.out', 'wb') as out:
            self.running.append(subprocess.Popen(['rsyslogd', '-n', '-f', str(self.at / 'rsyslog.conf'), '-i', str(self.at / 'rsyslog.pid')],
                                                 stdout=out, stderr=out))
        with open(self.at / 'in.log', 'a') as log:
            log.write('one line of an application\n')
        try:
            self.until('rsyslog does not get through', lambda: self.events('"one line of an application"'))
        except AssertionError as error:
            self.fail(str(error) + (self.at / 'rsyslog.out').read_text())

    def test_a_shipper_may_send_and_nothing_else(self):
        made = self.call('/api/v1/tokens', json.dumps({'name': 'shipper', 'scopes': ['logs:write']}).encode(),
                         {'Content-Type': 'application/json'})
        bulk = b'{"create":{"_index":"winlogbeat-8"}}\n' + json.dumps({'Channel': 'Microsoft-Windows-Sysmon/Operational', 'EventID': 1, 'Image': 'C:\\Windows\\CMD.EXE', 'Computer': 'DC01'}).encode() + b'\n'
        headers = {'Authorization': 'ApiKey ' + made['token'], 'Content-Encoding': 'gzip', 'Content-Type': 'application/x-ndjson'}
        done = self.call('/elastic/_bulk', gzip.compress(bulk), headers)
        self.assertEqual((done['errors'], [item['create']['status'] for item in done['items']]), (False, [201]))
        self.assertEqual(self.call('/elastic', headers={'Authorization': headers['Authorization']})['version']['number'][:2], '8.')
        self.assertEqual(self.events('Computer=dc01')[0]['dataset'], 'winlogbeat-8')
        self.assertIn('Command shell started', ' '.join(self.alerts()))
        for path, code in (('/api/v1/events', 403), ('/api/v1/sites', 403)):
            with self.assertRaises(urllib.error.HTTPError) as refused:
                self.call(path, headers={'Authorization': 'Bearer ' + made['token']})
            self.assertEqual(refused.exception.code, code)
        with self.assertRaises(urllib.error.HTTPError) as refused:
            self.call('/elastic/_bulk', bulk, {'Authorization': 'Bearer wrong'})
        self.assertEqual(refused.exception.code, 401)

    def test_nothing_acknowledged_is_lost_and_nothing_is_there_twice_through_kills(self):
        """A sender like a spool: a batch is sent until it is answered, always under the same key."""
        chance, acknowledged, number, kills = random.Random(20261128), 0, 0, 0
        body = lambda number: b''.join(json.dumps({'batch': number, 'event': i, 'Image': 'x'}).encode() + b'\n' for i in range(number % 7 + 1))
        while kills < KILLS:
            end = time.monotonic() + chance.uniform(0.05, 1.0)
            victim = self.server
            killed = False
            while not killed:
                if time.monotonic() > end:
                    victim.send_signal(signal.SIGKILL)
                    victim.wait()
                    killed = True
                try:
                    self.call('/ingest/sender', body(number + 1), {'Idempotency-Key': f'batch-{number + 1}'})
                    number = acknowledged = number + 1
                except (OSError, ValueError):
                    if killed or victim.poll() is not None:
                        break
            kills += 1
            self.start_server()
        # The batch that was under way is sent once more, as a spool would.
        self.call('/ingest/sender', body(number + 1), {'Idempotency-Key': f'batch-{number + 1}'})
        acknowledged = number + 1
        seen, cursor = {}, ''
        while cursor is not None:
            page = self.call('/api/v1/events?' + urllib.parse.urlencode({'limit': 200, **({'cursor': cursor} if cursor else {})}))
            for event in page['items']:
                key = (event['fields']['batch'], event['fields']['event'])
                seen[key] = seen.get(key, 0) + 1
            cursor = page['next_cursor']
        wanted = {(n, i) for n in range(1, acknowledged + 1) for i in range(n % 7 + 1)}
        self.assertEqual(set(seen), wanted)
        self.assertEqual({count for count in seen.values()}, {1})
        print(f'{kills} kills, {acknowledged} batches, {len(wanted)} events: none lost, none twice')


if __name__ == '__main__':
    unittest.main(verbosity=1)
