// Watch periods: one is announced with a preview that shows who is missing, mended, saved by keyboard; it runs, the shift and the
// wall say so, and it is ended before its time.
import assert from 'node:assert/strict';
import { call, get, open, page, say, seen, until } from './browser.mjs';

const button = (name) => page.getByRole('button', { name }).first();
const local = (days) => new Date(Date.now() + days * 86_400_000 + 7 * 3_600_000).toISOString().slice(0, 16); // in Hà Nội
const kTier = 'Trực phòng máy, Trực chính';

async function roster_of_two() {
  const channel = await call('POST', '/channels', { name: 'Thư đợt trực', kind: 'smtp', settings: { host: '127.0.0.1', port: 2525, tls: 'none', from: 'vedette@vanson.example', to: ['truc@vanson.example'] } });
  assert.equal(channel.status, 201);
  const ids = [];
  for (const name of ['Đỗ Văn Giang', 'Hồ Thị Hà']) ids.push((await call('POST', '/people', { name, contacts: [{ channel_id: channel.json.id }] })).json.id);
  const layer = { start: '2026-01-05T07:00', turn_minutes: 10080, members: [ids[0]] };
  assert.equal((await call('POST', '/rosters', { name: 'Trực phòng máy', tiers: [{ id: 'first', name: 'Trực chính', layers: [layer] }] })).status, 201);
}
export async function look_at_periods() {
  await roster_of_two();
  await open('/periods');
  await page.locator('.empty').waitFor();
  await seen('periods-empty');
  await page.keyboard.press('n');
  await page.locator('[name=name]').fill('Tết Bính Ngọ');
  assert.ok(await page.locator('form .foot button.primary').isDisabled(), 'nothing is saved that was not seen');
  await page.locator('[name=from]').fill(local(-1));
  await page.locator('[name=to]').fill(local(6));
  await page.locator('fieldset', { hasText: kTier }).locator('legend input').check();
  const members = page.locator('fieldset', { hasText: kTier }).locator('select.add');
  await members.selectOption({ label: 'Đỗ Văn Giang' });
  await page.locator('.notice.bad .gap').waitFor();
  await seen('period-thin');
  // One person twice is one person: the other is needed.
  await button('Bỏ Đỗ Văn Giang').click();
  await members.selectOption({ label: 'Hồ Thị Hà' });
  await page.locator('.notice.good').waitFor();
  await seen('period-new');
  await until('the preview is of what is saved', () => page.locator('form .foot button.primary').isEnabled());
  await page.keyboard.press('Control+Enter');
  await until('the period is shown', () => /^\/periods\/[0-9a-f-]{36}$/.test(new URL(page.url()).pathname));
  const id = new URL(page.url()).pathname.split('/').at(-1);
  await page.locator('.days').waitFor();
  await seen('period-running');
  await open('/');
  await page.locator('.notice.warn', { hasText: 'Tết Bính Ngọ' }).waitFor();
  await seen('shift-period');
  await open('/wall');
  await page.locator('.notice.warn', { hasText: 'Tết Bính Ngọ' }).waitFor();
  await seen('wall-period');
  const over = (await call('POST', '/watch-periods', { name: 'Diễn tập', zone: 'Asia/Ho_Chi_Minh', from: local(-2), to: local(1), timer_percent: 80, tiers: [] })).json;
  await open(`/periods/${over.id}`);
  await button('Kết thúc ngay').click();
  await until('it is over', async () => (await get(`/watch-periods/${over.id}`)).state === 'over');
  await page.locator('.state.over').waitFor();
  await seen('period-over');
  await call('POST', '/watch-periods', { name: 'Quốc khánh', zone: 'Asia/Ho_Chi_Minh', from: local(30), to: local(33), timer_percent: 50, tiers: [] });
  say('watch periods: previewed, announced, running, ended');
  return id;
}
export const period_screens = (id) => [['/periods', 'periods'], [`/periods/${id}`, 'period'], [`/periods/${id}/edit`, 'period-edit'], ['/wall', 'wall-of-period']];
