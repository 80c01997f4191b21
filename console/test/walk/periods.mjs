// Watch periods: one is announced with a preview that shows who is missing, mended, saved by keyboard; it runs, the shift and the
// wall say so, and it is ended before its time.
import assert from 'node:assert/strict';
import { call, expected, get, open, page, say, seen, shot, until } from './browser.mjs';

const button = (name) => page.getByRole('button', { name }).first();
// One moment for the whole walk: a freeze that ended a minute after its period would be refused.
const kNow = Date.now();
const local = (days) => new Date(kNow + days * 86_400_000 + 7 * 3_600_000).toISOString().slice(0, 16); // in Hà Nội
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
  // The checklist is ticked with a note, and a change during the freeze is asked for its reason.
  const first = page.locator('section', { hasText: 'Việc chuẩn bị' }).locator('li').first();
  await first.locator('.note').fill('đã gọi đủ 6 người');
  await first.locator('[type=checkbox]').check();
  await until('the item is ticked', async () => (await get(`/watch-periods/${id}/checklist`)).items[0].done);
  await page.locator('li.done', { hasText: 'đã gọi đủ 6 người' }).waitFor();
  await page.keyboard.press('e');
  await page.locator('[name=freeze_from]').fill(local(-1));
  await page.locator('[name=freeze_to]').fill(local(6));
  await until('the preview is of what is saved', () => page.locator('form .foot button.primary').isEnabled());
  await page.keyboard.press('Control+Enter');
  await page.locator('.days').waitFor();
  expected.errors++; // the refusal that asks for the reason
  const user = { username: 'khach.moi', password: 'mot cau dai khac de thu 2026', role: 'viewer' };
  assert.equal((await call('POST', '/users', user)).status, 409, 'no reason, no change');
  await open('/settings/channels');
  await page.locator('li, tr, section').filter({ hasText: 'Thư đợt trực' }).getByRole('button', { name: 'Sửa' }).last().click();
  await page.locator('dialog label', { hasText: 'Tên gọi' }).locator('input').fill('Thư đợt trực Tết');
  await page.locator('dialog').getByRole('button', { name: 'Lưu', exact: true }).click();
  await page.locator('[name=freeze_reason]').waitFor();
  await seen('freeze-reason');
  await page.locator('[name=freeze_reason]').fill('máy chủ thư đổi địa chỉ');
  await page.getByRole('button', { name: 'Vẫn thay đổi' }).click();
  await until('the change is made and its reason kept', async () => (await get(`/watch-periods/${id}/exceptions`)).items.some((one) => one.reason === 'máy chủ thư đổi địa chỉ'));
  await page.locator('dialog').waitFor({ state: 'detached' });
  expected.errors--;
  await open(`/periods/${id}`);
  await page.getByRole('button', { name: 'Lập báo cáo hôm nay' }).click();
  await until('the report is made', async () => (await get(`/watch-periods/${id}/reports`)).items.length === 1);
  const link = page.getByRole('link', { name: /PDF$/ });
  const pdf = await page.evaluate(async (path) => { const r = await fetch(path); return [r.headers.get('content-type'), (await r.text()).slice(0, 5)]; }, await link.getAttribute('href'));
  assert.deepEqual(pdf, ['application/pdf', '%PDF-']);
  await seen('period-freeze');
  await shot('period-whole', { fullPage: true });
  // What comes after in the walk changes things without a reason.
  const { revision, ...whole } = await get(`/watch-periods/${id}`);
  const { name, zone, from, to, timer_percent, policy_id, tiers } = whole;
  assert.equal((await call('PUT', `/watch-periods/${id}`, { name, zone, from, to, timer_percent, policy_id, tiers, revision })).status, 200);
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
