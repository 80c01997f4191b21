// A second person with a session of their own, that the browser does not see: for what two people must do.
import assert from 'node:assert/strict';
import { totp } from '../../../test/e2e/lib/totp.mjs';
import { base, call } from './browser.mjs';

const password = 'mot cau khac cung dai va de nho';
const known = new Map();

// Posts as this lead; made when they are not there yet, with the second factor that their role needs.
export async function lead(name) {
  if (known.has(name)) return known.get(name);
  const made = await call('POST', '/users', { username: name, display_name: name, password, role: 'lead', language: 'vi' });
  assert.equal(made.status, 201, `the user ${name}`);
  const headers = { Origin: base, 'Content-Type': 'application/json' };
  const post = async (path, body) => {
    const answer = await fetch(`${base}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    assert.ok(answer.ok, `${path}: ${await answer.clone().text()}`);
    const cookie = answer.headers.get('set-cookie');
    if (cookie) headers.Cookie = cookie.split(';')[0];
    return answer.json();
  };
  headers['X-CSRF-Token'] = (await post('/session', { username: name, password })).csrf_token;
  const { secret } = await post('/me/second-factor', { password });
  await post('/me/second-factor/confirm', { code: totp(secret) });
  known.set(name, post);
  return post;
}
