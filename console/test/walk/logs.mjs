// The log watch with real events: an attack is sent, found, alerted; from the alert to the events around it with one key and
// back; searching with the keys; a rule tried, switched off and on; sources and the ATT&CK map.
import assert from 'node:assert/strict';
import { base, call, get, open, page, say, seen, settled, until } from './browser.mjs';

const button = (name) => page.getByRole('button', { name }).first();
const no_dialog = () => page.locator('dialog').waitFor({ state: 'detached' });
const query = () => new URL(page.url()).searchParams;
const sshd = (at, text) => `<38>1 ${at.toISOString()} cong-01 sshd 4242 - - ${text}`;

// Sent the way a sender sends: with a token that can do nothing else.
async function send(lines, token, source) {
  const answer = await fetch(`${base}/ingest/${source}`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: lines.join('\n') });
  assert.equal(answer.status, 200, await answer.text());
}
export async function look_at_logs() {
  await open('/logs');
  if ((await call('GET', '/log-rules')).status === 404) {
    await page.getByRole('heading', { name: 'Máy chủ này chưa nhận nhật ký' }).waitFor();
    await seen('logs-off');
    say('logs: the server takes none, and the page says so');
    return false;
  }
  const { token } = (await call('POST', '/tokens', { name: 'nguồn nhật ký', scopes: ['logs:write'] })).json;
  const now = Date.now();
  const ago = (seconds) => new Date(now - seconds * 1000);
  const lines = [];
  for (let i = 0; i < 240; i++) lines.push(sshd(ago(3500 - i * 14), `Accepted publickey for an.nguyen from 10.20.4.${i % 40} port ${40000 + i} ssh2`));
  for (let i = 0; i < 30; i++) lines.push(sshd(ago(320 - i), `Failed password for invalid user admin${i} from 203.0.113.9 port ${50000 + i} ssh2`));
  await send(lines, token, 'cong-01');
  await send(['{"Channel":"Security","EventID":1102,"Computer":"dc-01","SubjectUserName":"quan.tri"}', 'không phải JSON {'], token, 'dc-01');
  const alert = await until('what the rules found is an alert', async () => (await get('/alerts?limit=50')).items.find((a) => a.watch === 'logs' && a.kind === 'rule_match'));
  await search_by_keyboard();
  await from_alert(alert);
  await rules_page();
  await sources_and_map();
  return true;
}

async function search_by_keyboard() {
  await open('/logs?range=1h');
  const grid = page.getByRole('grid', { name: 'Các sự kiện tìm thấy' });
  await grid.locator('.body [role=row]').first().waitFor();
  await seen('logs-search');
  await page.keyboard.press('/');
  await page.keyboard.type('Failed');
  await page.keyboard.press('Enter');
  await until('only what holds the word is listed', async () => (await grid.getAttribute('aria-rowcount')) === '31');
  await grid.focus();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.locator('aside [role=grid]').waitFor();
  await until('the fields take the keys', () => page.evaluate(() => document.activeElement?.closest('aside') !== null));
  await seen('logs-event');
  // The field of the attacker's address becomes a condition, then one that leaves it out.
  const rows = page.locator('aside [role=row]');
  const names = await rows.locator('.name').allTextContents();
  const at = names.indexOf('source.ip');
  assert.ok(at >= 0, `the event has the attacker's address: ${names}`);
  for (let i = 0; i < at; i++) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('+');
  await until('it is a condition', () => query().get('q') === 'Failed source.ip=203.0.113.9');
  await settled();
  await page.locator('aside [role=grid]').focus();
  for (let i = 0; i < at; i++) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('-');
  await until('it is excluded', () => query().get('q') === 'Failed source.ip!=203.0.113.9');
  await page.locator('.empty').waitFor();
  await seen('logs-excluded');
  await open('/logs?range=1h&q=Failed');
  // Zooming with the keys, and out again.
  await page.keyboard.press('h');
  for (let i = 0; i < 16; i++) await page.keyboard.press(i === 0 ? 'End' : 'Shift+ArrowLeft');
  await seen('logs-histogram');
  await page.keyboard.press('Enter');
  await until('the part is looked into', () => query().has('from'));
  const length = () => Date.parse(query().get('to')) - Date.parse(query().get('from'));
  const before = length();
  assert.ok(before < 1_000_000, `${before} ms`);
  await settled();
  await page.keyboard.press('z');
  await until('and out again', () => Math.abs(length() - 2 * before) < 5_000);
  await settled();
  // Kept, and opened again.
  await page.keyboard.press('s');
  await page.locator('dialog [name=name]').fill('Đoán mật khẩu SSH');
  await page.locator('dialog [name=shared]').check();
  await page.locator('dialog button.primary').click();
  await page.locator('dialog li .open').waitFor();
  await seen('logs-saved');
  await page.keyboard.press('Escape');
  await no_dialog();
  const kept = (await get('/log-searches')).items.find((one) => one.name === 'Đoán mật khẩu SSH');
  assert.ok(kept?.shared && kept.query.includes('q=Failed'));
  say('logs: searched, zoomed, filtered by a field and kept by keyboard');
}
async function from_alert(alert) {
  await open(`/alerts/${alert.id}`);
  await page.keyboard.press('e');
  await until('the events around the alert', () => query().has('event') && query().get('alert') === alert.id);
  await page.locator('aside pre').waitFor();
  await settled();
  const row = page.locator('[role=grid] .row.active').first();
  await row.waitFor();
  await seen('logs-around-alert');
  await page.keyboard.press('Escape');
  await page.keyboard.press('b');
  await until('back at the alert', () => new URL(page.url()).pathname === `/alerts/${alert.id}`);
  say('logs: from an alert to its events and back, one key each');
}
async function rules_page() {
  await open('/logs/rules');
  await page.locator('[role=grid] .body [role=row]').first().waitFor();
  await seen('rules');
  const hit = (await get('/log-rules')).items.filter((rule) => !rule.correlation).sort((a, b) => b.hits - a.hits)[0];
  assert.ok(hit.hits > 0, 'a rule has hits');
  await open(`/logs/rules?rule=${hit.id}`);
  await page.locator('aside h2').waitFor();
  await seen('rule');
  await page.keyboard.press('t');
  await page.locator('dialog [name=event]').fill(sshd(new Date(), 'Failed password for root from 203.0.113.9 port 50022 ssh2'));
  await page.keyboard.press('Control+Enter');
  await page.locator('dialog .node').first().waitFor();
  await seen('rule-tested');
  await page.keyboard.press('Escape');
  await no_dialog();
  await page.keyboard.press('o');
  await page.locator('dialog [name=reason]').fill('máy quét nội bộ gây báo nhầm');
  await seen('rule-off-ask');
  await page.keyboard.press('Enter');
  await no_dialog();
  await page.locator('aside .notice.warn').waitFor();
  await seen('rule-off');
  assert.equal((await get(`/log-rules/${hit.id}`)).off?.reason, 'máy quét nội bộ gây báo nhầm');
  await page.keyboard.press('o');
  await until('the rule is on again', async () => (await get(`/log-rules/${hit.id}`)).off === null);
  await open('/logs/rules?state=refused');
  await seen('rules-refused');
  say('logs: a rule tried, switched off with a reason and on again');
}
async function sources_and_map() {
  await until('what is usual is being learnt', async () => (await get('/log-sources')).items.every((one) => one.habit?.rate === 'usual'));
  await open('/logs/sources');
  await page.locator('table .name', { hasText: 'dc-01' }).click();
  await page.locator('.more pre').first().waitFor();
  // The state of the habit: how many hours are known.
  await page.locator('.more p.dim', { hasText: /\b0 (giờ|hours)/ }).first().waitFor();
  await seen('sources-unparsed');
  await open('/logs/attack');
  await page.locator('.cell.seen').first().waitFor();
  await seen('attack');
  await page.locator('.cell').first().focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowDown');
  const to = await page.evaluate(() => document.activeElement.getAttribute('href'));
  assert.match(to, /^\/logs\/rules\?technique=T\d+$/);
  await page.locator('.cell.seen').first().click();
  await until('the rules of the technique', () => query().has('technique'));
  await page.locator('[role=grid] .body [role=row]').first().waitFor();
  say('logs: sources with what could not be read, the ATT&CK map, and from it to the rules');
}
