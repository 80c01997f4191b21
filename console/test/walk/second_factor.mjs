// The second factor in the browser: asked for before anything else, set up, and then needed to sign in.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { totp } from '../../../test/e2e/lib/totp.mjs';
import { base, call, expected, get, open, page, say, seen, until } from './browser.mjs';

const run = promisify(execFile);
let used = '';
// A code works once, so the next one is waited for.
const next_code = (secret) => until('a code that was not used', () => (totp(secret) === used ? '' : (used = totp(secret))));

// As a telephone reads it, from what the browser shows.
async function read_picture() {
  const folder = await mkdtemp(join(tmpdir(), 'vedette-qr-'));
  try {
    const file = join(folder, 'qr.png');
    await page.locator('svg.qr').screenshot({ path: file });
    return (await run('zbarimg', ['--quiet', '--raw', file])).stdout.trim();
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function take_secret() {
  await page.locator('svg.qr').waitFor();
  const told = new URL(await read_picture());
  await page.locator('summary').click();
  const secret = (await page.locator('details code').textContent()).replaceAll(' ', '');
  assert.deepEqual([told.protocol, told.host, told.searchParams.get('secret')], ['otpauth:', 'totp', secret], 'picture and text tell the same');
  return secret;
}

// The role needs one and the grace is over: this page is all there is.
export async function set_up_first(password) {
  await page.locator('[name=password]').waitFor();
  await seen('second-factor-first');
  await open('/alerts');
  assert.equal(await page.locator('nav').count(), 0, 'nothing else is open');
  expected.errors++;
  for (const path of ['/api/v1/alerts', '/api/v1/users', '/api/v1/stream'])
    assert.equal(await page.evaluate(async (path) => { const answer = await fetch(path); await answer.text(); return answer.status; }, path), 403, path);
  assert.match(await page.evaluate(async () => { const answer = await fetch('/phone'); await answer.text(); return answer.url; }), /\/signin/, 'the page for phones is closed too');
  expected.errors--;
  await page.locator('[name=password]').fill(password);
  await page.keyboard.press('Enter');
  const secret = await take_secret();
  await seen('second-factor-picture');
  expected.errors++;
  await page.locator('[name=code]').fill('000000');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').waitFor();
  expected.errors--;
  await page.locator('[name=code]').fill(await next_code(secret));
  await page.keyboard.press('Enter');
  await page.locator('pre').waitFor();
  await seen('recovery-codes');
  const codes = (await page.locator('pre').textContent()).split('\n');
  assert.equal(codes.length, 10);
  await page.getByRole('button', { name: 'Tôi đã cất giữ' }).click();
  await page.locator('nav').first().waitFor();
  say('second factor set up before anything else was open');
  return { secret, codes };
}

export async function give_code({ secret }) {
  await page.locator('[name=code]').waitFor();
  await seen('sign-in-code');
  await page.locator('[name=code]').fill('000000');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').waitFor();
  await page.locator('[name=code]').fill(await next_code(secret));
  await page.keyboard.press('Enter');
  await page.locator('nav').first().waitFor();
  say('signed in with password and code');
}

// In one's own settings: fewer recovery codes after one was used, and new ones.
export async function use_recovery_code(user, password, { secret, codes }) {
  await call('DELETE', '/session');
  await page.goto(base);
  await page.locator('[name=username]').fill(user);
  await page.locator('[name=password]').fill(password);
  await page.keyboard.press('Enter');
  await page.locator('[name=code]').fill(codes[0].toUpperCase());
  await page.keyboard.press('Enter');
  await page.locator('nav').first().waitFor();
  await open('/settings/account');
  assert.equal((await get('/me/second-factor')).recovery_codes_left, 9);
  await seen('second-factor-settings');
  await page.getByRole('button', { name: 'Tạo mã khôi phục mới' }).click();
  await page.locator('dialog input').nth(0).fill(password);
  await page.locator('dialog input').nth(1).fill(await next_code(secret));
  await seen('recovery-codes-renew');
  await page.keyboard.press('Enter');
  await page.locator('dialog pre').waitFor();
  await page.getByRole('button', { name: 'Tôi đã cất giữ' }).click();
  await until('ten recovery codes again', async () => (await get('/me/second-factor')).recovery_codes_left === 10);
  say('signed in with a recovery code, made new ones');
}
