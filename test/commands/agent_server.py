"""A server as an agent sees it: /agent/v1 over TLS with client certificates, what it says in the test's hand.

Certificates and the Ed25519 command key are made by the openssl command."""
import base64, http.server, json, pathlib, socket, ssl, subprocess, threading, time, uuid


def openssl(*args, stdin=None):
    return subprocess.run(['openssl', *args], input=stdin, capture_output=True, check=True).stdout


def rfc3339(seconds):
    return time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds)) + '.000Z'


class AgentServer:
    def __init__(self, folder, port=0):
        self.at = pathlib.Path(folder)
        self.at.mkdir(exist_ok=True)
        if not (self.at / 'ca.pem').exists():
            self.make_keys()
        self.host_id = str(uuid.uuid4())
        self.lock = threading.Lock()
        self.state, self.heartbeats, self.calls, self.records = None, 0, [], []
        self.last, self.epoch = 0, None
        self.policy, self.orders = None, []
        self.refuse = {}          # call → (status, headers) instead of an answer
        self.give_command_key, self.days = True, 365
        self.certificates = []    # SHA-256 of what called, in order of first use
        self.start(port)

    def make_keys(self):
        for name, subject in (('ca', '/CN=test authority'), ('listener', '/CN=test listener')):
            openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30',
                    '-subj', subject, '-keyout', str(self.at / f'{name}.key'), '-out', str(self.at / f'{name}.pem'))
        openssl('genpkey', '-algorithm', 'ed25519', '-out', str(self.at / 'command.key'))

    @property
    def command_key(self):
        der = openssl('pkey', '-in', str(self.at / 'command.key'), '-pubout', '-outform', 'DER')
        return base64.b64encode(der[-32:]).decode()

    @property
    def pin(self):
        public = openssl('x509', '-in', str(self.at / 'listener.pem'), '-pubkey', '-noout')
        der = openssl('pkey', '-pubin', '-outform', 'DER', stdin=public)
        digest = openssl('dgst', '-sha256', '-binary', stdin=der)
        return 'sha256//' + base64.b64encode(digest).decode()

    def sign(self, payload):
        text = payload if isinstance(payload, str) else json.dumps(payload)
        (self.at / 'payload').write_text(text)
        signature = openssl('pkeyutl', '-sign', '-rawin', '-inkey', str(self.at / 'command.key'), '-in',
                            str(self.at / 'payload'))
        return {'payload': text, 'signature': base64.b64encode(signature).decode()}

    def set_policy(self, version, **fields):
        payload = {'kind': 'policy', 'host_id': self.host_id, 'version': version, 'issued_at': rfc3339(time.time()),
                   'mode': 'observe', 'trees': [], 'exclude': [], 'vault_bytes': 256 << 20, 'web_roots': [],
                   'web_root_discovery': False, **fields}
        with self.lock:
            self.policy = (version, self.sign(payload))

    def order(self, kind, incident, expires=600, **more):
        """Gives it with each heartbeat until its result comes; its id."""
        payload = {'kind': kind, 'id': str(uuid.uuid4()), 'host_id': self.host_id, 'incident_id': incident,
                   'issued_at': rfc3339(time.time()), 'expires_at': rfc3339(time.time() + expires), **more}
        self.give(payload['id'], self.sign(payload))
        return payload['id']

    def give(self, identifier, signed):
        with self.lock:
            self.orders.append((identifier, signed))

    def told(self, kind):
        with self.lock:
            return [record for record in self.records if record['kind'] == kind]

    def result(self, identifier):
        return next((record for record in self.told('order_result') if record['id'] == identifier), None)

    def incident(self, identifier=None):
        """The newest snapshot."""
        found = [record['incident'] for record in self.told('file_incident')
                 if identifier in (None, record['incident']['id'])]
        return found[-1] if found else None

    # The calls.
    def enrol(self, body, handler):
        answer = {'host_id': self.host_id, **self.certificate(body['request'])}
        return answer | ({'command_key': self.command_key} if self.give_command_key else {})

    def renew(self, body, handler):
        return self.certificate(body['request'])

    def certificate(self, request):
        (self.at / 'request.pem').write_text(request)
        pem = openssl('x509', '-req', '-in', str(self.at / 'request.pem'), '-CA', str(self.at / 'ca.pem'), '-CAkey',
                      str(self.at / 'ca.key'), '-CAcreateserial', '-days', str(self.days)).decode()
        return {'certificate': pem, 'not_after': rfc3339(time.time() + self.days * 86400)}

    def heartbeat(self, body, handler):
        self.state = body.get('state')
        self.heartbeats += 1
        answer = {'now': rfc3339(time.time()), 'interval_s': 1, 'orders': [signed for _, signed in self.orders]}
        if self.policy and self.state and self.state['policy_version'] != self.policy[0]:
            answer['policy'] = self.policy[1]
        return answer

    def take_records(self, body, handler):
        if self.epoch != body['epoch']:
            self.epoch, self.last = body['epoch'], 0
        for record in body['records']:
            if record['sequence'] <= self.last:
                continue
            self.last = record['sequence']
            self.records.append(json.loads(record['body']))
            if self.records[-1]['kind'] == 'order_result':
                done = self.records[-1]['id']
                self.orders = [one for one in self.orders if one[0] != done]
        return {'acknowledged': self.last}

    def start(self, port=0):
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
                call = self.path.rsplit('/', 1)[1]
                certificate = self.connection.getpeercert(True)
                with server.lock:
                    server.calls.append((call, time.monotonic()))
                    status, headers, answer = 200, {}, {}
                    if call in server.refuse:
                        status, headers = server.refuse[call]
                    elif call != 'enrol' and not certificate:
                        status = 401
                    else:
                        if certificate and (not server.certificates or server.certificates[-1] != certificate):
                            server.certificates.append(certificate)
                        answer = {'enrol': server.enrol, 'renew': server.renew, 'heartbeat': server.heartbeat,
                                  'records': server.take_records}[call](body, self)
                text = json.dumps(answer).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header('Content-Length', str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *args):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.at / 'listener.pem', self.at / 'listener.key')
        context.load_verify_locations(self.at / 'ca.pem')
        context.verify_mode = ssl.CERT_OPTIONAL
        self.http = http.server.ThreadingHTTPServer(('127.0.0.1', port), Handler)
        self.http.daemon_threads = True
        self.port = self.http.server_port
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        self.thread = threading.Thread(target=self.http.serve_forever, daemon=True)
        self.thread.start()

    def stop(self):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()
