// An agent as the server sees one, for what a real one can hardly be brought to do on demand: real mutual TLS with a key
// and a certificate of its own, the server known by its pinned key, every order's signature checked.
import { execFileSync } from 'node:child_process';
import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';

// RFC 9562 version 7.
export function new_id() {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
const now = () => new Date().toISOString();

export class TestAgent {
  // `command`: what the server printed (vedette agent enroll --server … --pin … --token …).
  constructor(folder, name, command) {
    this.folder = join(folder, name);
    mkdirSync(this.folder, { recursive: true });
    this.name = name;
    const of = (option) => new RegExp(`--${option} (\\S+)`).exec(command)?.[1];
    [this.server, this.pin, this.token] = ['server', 'pin', 'token'].map(of);
    this.sequence = 0;
    this.facts = { name, os: 'Debian GNU/Linux 12', kernel: '6.1', arch: 'x86_64', version: 'test' };
    this.state = { command_key_known: true, policy_version: 0, mode: 'off', sights: [{ what: 'gate', ok: true, text: null }], trees: [], web_roots: [], spool: { records: 0, bytes: 0, gaps: 0 } };
  }

  signing_request(file) {
    execFileSync('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', join(this.folder, file)], { stdio: 'ignore' });
    return execFileSync('openssl', ['req', '-new', '-key', join(this.folder, file), '-subj', '/CN=x'], { encoding: 'utf8' });
  }

  call(path, body, { certificate = true } = {}) {
    return new Promise((done, failed) => {
      const text = JSON.stringify(body);
      const keys = certificate ? { cert: readFileSync(join(this.folder, 'agent.pem')), key: readFileSync(join(this.folder, 'agent.key')) } : {};
      const asked = request(`${this.server}/agent/v1/${path}`, { method: 'POST', rejectUnauthorized: false, agent: false, ...keys, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } }, (answer) => {
        let got = '';
        answer.on('data', (part) => { got += part; });
        answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, value: got ? JSON.parse(got) : null }));
        answer.on('error', failed);
      });
      asked.on('socket', (socket) => socket.once('secureConnect', () => {
        const shown = createHash('sha256').update(socket.getPeerX509Certificate().publicKey.export({ type: 'spki', format: 'der' })).digest('base64');
        if (`sha256//${shown}` !== this.pin) asked.destroy(new Error('the listener shows another key'));
      }));
      asked.on('error', failed);
      asked.end(text);
    });
  }

  async enrol() {
    const answer = await this.call('enrol', { token: this.token, request: this.signing_request('agent.key'), facts: this.facts }, { certificate: false });
    if (answer.status !== 200) throw new Error(`enrol: ${answer.status} ${JSON.stringify(answer.value)}`);
    writeFileSync(join(this.folder, 'agent.pem'), answer.value.certificate);
    this.host_id = answer.value.host_id;
    this.command_key = answer.value.command_key;
    return this;
  }

  beat() {
    return this.call('heartbeat', { facts: this.facts, now: now(), state: this.state });
  }

  async tell(...bodies) {
    const records = bodies.map((body) => ({ sequence: ++this.sequence, body: JSON.stringify(body) }));
    const answer = await this.call('records', { epoch: 'e2e', records });
    if (answer.status !== 200 || answer.value.acknowledged !== this.sequence) throw new Error(`records: ${answer.status} ${JSON.stringify(answer.value)}`);
  }

  // What was signed; throws when the server did not sign it.
  order(signed) {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(this.command_key, 'base64').toString('base64url') }, format: 'jwk' });
    if (!verify(null, Buffer.from(signed.payload), key, Buffer.from(signed.signature, 'base64'))) throw new Error('an order with a wrong signature');
    const payload = JSON.parse(signed.payload);
    if (payload.host_id !== this.host_id) throw new Error('an order for another host');
    return payload;
  }

  attack(id) {
    const text = { key: 'files.judge.note', arguments: { count: '8', path: '/srv/share/LESEN.txt' } };
    return {
      kind: 'finding',
      finding: {
        uid: new_id(), watch: 'files', kind: 'encryption_attack', state: 'present', severity: 'critical', confidence: 95,
        asset: { type: 'host', id: this.host_id, name: this.name }, title: text, reason: text, next_step: text,
        where: '/srv/share', before: '', after: '', attack: ['T1486'], evidence: [], dedup_key: `files/${this.host_id}/incident/${id}`, observed_at: Date.now(),
      },
    };
  }

  incident(id, state, files = [], more = {}) {
    return {
      kind: 'file_incident',
      incident: {
        id, state, frozen: state === 'frozen', at: now(), last_at: now(), score: 41.5,
        reasons: [{ key: 'files.judge.note', arguments: { count: '8', path: '/srv/share/LESEN.txt' } }],
        actor: { executable: '/tmp/.x/crypt', cgroup: '/user.slice', uid: 1000, user: 'lan', client: '10.0.0.9 (smb)',
          lineage: [{ pid: 71, executable: '/tmp/.x/crypt', command_line: 'crypt -a', started_at: now(), user: 'lan' }, { pid: 1, executable: '/sbin/init', command_line: 'init', started_at: null, user: 'root' }] },
        files: files.map((path) => ({ path, at: now(), from_type: 'application/pdf', to_type: '?', score: 2.5, deed: 'rewritten', state: 'changed', sha256_before: 'a'.repeat(64), sha256_after: 'b'.repeat(64) })),
        more_files: 0, ...more,
      },
    };
  }

  report(id, files, failed = 0) {
    return { kind: 'file_incident_report', incident_id: id, restored: files.length - failed, failed, part: 1, parts: 1, files: files.map((path, i) => ({ path, sha256: 'a'.repeat(64), ok: i >= failed, text: i >= failed ? '' : 'the original is not whole' })) };
  }
}
