// The program under test: started with a configuration of its own, driven through its API.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { sleep, until } from './wait.mjs';

const top = resolve(import.meta.dirname ?? new URL('..', import.meta.url).pathname, '..', '..', '..');

export function binary() {
  const wanted = process.env.VEDETTE_BINARY;
  const places = wanted ? [wanted] : ['release', 'debug'].map((b) => join(top, 'build', b, 'vedette'));
  return places.find((p) => existsSync(p));
}

export const free_port = () =>
  new Promise((done, failed) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
    probe.on('error', failed);
  });

export class Vedette {
  constructor(folder, port, sites = '', tour = false, desk = '') {
    this.folder = folder;
    this.url = `http://127.0.0.1:${port}`;
    this.log = join(folder, 'server.log');
    this.config = join(folder, 'vedette.toml');
    this.token = '';
    mkdirSync(join(folder, 'data'), { recursive: true });
    writeFileSync(
      this.config,
      `[server]
data_dir = "${join(folder, 'data')}"
listen = "127.0.0.1:${port}"
[desk]
mail_language = "en"
lease_seconds = 5
${desk}
[sites]
allow_loopback = true
interval_seconds = 5
learn_fetches = 3
fetch_per_host = 64
fetch_timeout_seconds = 5
${sites}
[tour]
enabled = ${tour}
`,
    );
  }

  start() {
    const log = openSync(this.log, 'a');
    this.ended = new Promise((done) => {
      this.process = spawn(binary(), ['server', '--config', this.config], { stdio: ['ignore', log, log] });
      this.process.on('exit', (code, signal) => {
        this.exit = { code, signal };
        done(this.exit);
      });
    });
    this.exit = undefined;
  }

  async ready(seconds = 20) {
    await until(
      'the server is ready',
      seconds,
      async () => {
        if (this.exit) throw new Error(`the server ended: ${JSON.stringify(this.exit)}; ${this.tail()}`);
        return (await fetch(`${this.url}/healthz`)).ok;
      },
      25,
    );
  }

  tail(lines = 12) {
    return readFileSync(this.log, 'utf8').split('\n').slice(-lines).join('\n');
  }

  async kill(signal = 'SIGKILL') {
    this.process.kill(signal);
    await this.ended;
  }

  async stop() {
    if (this.exit) return;
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), 15_000);
    await this.ended;
    clearTimeout(timer);
  }

  // The one-time link creates the administrator.
  async first_administrator() {
    const found = await until('the setup link is printed', 20, () => /\/setup\?token=([\w-]+)/.exec(readFileSync(this.log, 'utf8')));
    const person = { username: 'root', password: 'correct horse battery' };
    const made = await fetch(`${this.url}/api/v1/setup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: this.url },
      body: JSON.stringify({ token: found[1], ...person, display_name: 'Root', language: 'en' }),
    });
    if (made.status !== 201) throw new Error(`setup: ${made.status} ${await made.text()}`);
    return { ...person, made };
  }

  // What commands on this machine use: an administrator without a session.
  use_local_token() {
    this.token = JSON.parse(readFileSync(join(this.folder, 'data', 'local.json'), 'utf8')).token;
  }

  // The administrator makes an API token, which is used from then on.
  async set_up() {
    const { made } = await this.first_administrator();
    const cookie = made.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ');
    const session = await made.json();
    const token = await fetch(`${this.url}/api/v1/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: this.url, cookie, 'x-csrf-token': session.csrf_token },
      body: JSON.stringify({ name: 'e2e', scopes: ['admin', 'read', 'sites:write', 'alerts:write'] }),
    });
    if (!token.ok) throw new Error(`token: ${token.status} ${await token.text()}`);
    this.token = (await token.json()).token;
  }

  async api(method, path, body) {
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      body: body ? JSON.stringify(body) : undefined,
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  // Every item of a list, page after page.
  async all(path) {
    const items = [];
    let cursor = '';
    do {
      const page = await this.api('GET', `${path}${path.includes('?') ? '&' : '?'}limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor);
    return items;
  }

  // Asks for checks until every one of these sites has learnt enough.
  async learn(ids, seconds = 60) {
    const wanted = new Set(ids);
    await until(
      `${wanted.size} sites are learnt`,
      seconds,
      async () => {
        const sites = await this.all('/sites');
        const open = sites.filter((s) => wanted.has(s.id) && s.learned < s.learn_target);
        for (const site of open) await this.api('POST', `/sites/${site.id}/check`);
        return open.length === 0;
      },
      500,
    );
  }
}

export { sleep };
