// Incidents: opened by keyboard with a rule that applies, a clock that runs, a close that is refused while it does, the mark
// that the report went out, a phase, a note, and closed at last.
import assert from 'node:assert/strict';
import { look_at_incident_of_alert } from './incident_of_alert.mjs';
import { call, expected, get, open, page, say, seen, until } from './browser.mjs';

const button = (name) => page.getByRole('button', { name }).first();

export async function look_at_incidents() {
  await open('/incidents');
  await page.locator('h2').first().waitFor();
  await seen('incidents-empty');
  await page.keyboard.press('n');
  await page.locator('dialog form').waitFor();
  await page.locator('dialog input[maxlength="200"]').fill('Trang chủ bị thay nội dung');
  await page.locator('dialog input[value="vn_personal_data"]').check();
  await seen('incident-new');
  await page.locator('dialog .primary').click();
  await until('the incident is shown', () => /^\/incidents\/[0-9a-f-]{36}$/.test(new URL(page.url()).pathname));
  const id = new URL(page.url()).pathname.split('/').at(-1);
  await page.locator('article.clock').waitFor();
  await seen('incident');
  // A clock is open: closing is refused and names it.
  expected.errors++;
  await button('Đóng sự cố').click();
  await page.locator('dialog textarea[name="lessons"]').fill('Trang cần hai lớp xác thực cho quản trị.');
  await page.locator('dialog .primary').click();
  const refusal = page.getByRole('alert').first();
  await refusal.waitFor();
  assert.match(await refusal.textContent(), /Thông báo vi phạm/);
  await seen('incident-refused');
  expected.errors--;
  await page.locator('dialog').getByRole('button', { name: 'Thôi', exact: true }).click();
  await page.locator('.phase select').selectOption('contained');
  await until('the phase', async () => (await get(`/incidents/${id}`)).state === 'contained');
  await page.locator('section:has(.timeline) textarea').fill('Đã gọi nhà cung cấp máy chủ.');
  await button('Thêm vào diễn biến').click();
  await until('the note', async () => (await page.locator('.timeline li').first().textContent()).includes('nhà cung cấp'));
  await page.locator('.receipt input').fill('số 15/BC');
  await button('Đánh dấu đã gửi').click();
  await until('the clock is settled', async () => (await page.locator('article.clock.settled').count()) === 1);
  await seen('incident-reported');
  await button('Đóng sự cố').click();
  await page.locator('dialog .primary').click();
  await until('closed', async () => (await get(`/incidents/${id}`)).state === 'closed');
  await call('POST', '/incidents', { title: 'Thư lừa đảo gửi nhân viên', severity: 'medium', regimes: ['internal_sla'], detected_at: new Date(Date.now() - 9 * 3_600_000).toISOString() });
  await open('/incidents?view=all');
  await until('both incidents', async () => (await page.locator('ul.list li').count()) === 2);
  assert.equal(await page.locator('article.clock.passed').count(), 1, 'what is overdue stands on top');
  await seen('incidents');
  say('incidents: opened, refused to close, reported, closed; what is due stands on top');
  return look_at_incident_of_alert();
}
