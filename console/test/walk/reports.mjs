// Reports: begun from the clock that is due, filled, handed in, approved by two people, sent, receipted; a change takes the
// approvals away; what the server prints is a PDF and an ODT.
import assert from 'node:assert/strict';
import { call, get, open, page, say, seen, until } from './browser.mjs';
import { lead } from './lead.mjs';

const button = (name) => page.getByRole('button', { name }).first();
const state = async (id) => (await get(`/reports/${id}`)).state;
const id_here = () => new URL(page.url()).pathname.split('/').at(-1);

export async function look_at_reports() {
  await open('/settings/organisation');
  await page.locator('form input[name=name]').waitFor();
  for (const [field, text] of [['name', 'Sở Thông tin và Truyền thông Vân Sơn'], ['address', '12 Lê Lợi, Vân Sơn'], ['sector', 'Cơ quan nhà nước'], ['contact', 'Nguyễn Thị Ánh Tuyết'], ['phone', '0912 345 678'], ['email', 'antt@vanson.example']])
    await page.locator(`form input[name=${field}]`).fill(text);
  await button('Lưu').click();
  await until('the organisation', async () => (await get('/organisation')).phone === '0912 345 678');
  await seen('organisation');

  const { json: incident } = await call('POST', '/incidents', { title: 'Cổng dịch vụ công bị thay nội dung', summary: 'Trang chủ hiện nội dung lạ từ 08:50.', severity: 'high', regimes: ['vn_2017_05'], detected_at: new Date(Date.now() - 3_600_000).toISOString() });
  await open('/reports');
  await page.locator('article.clock').first().waitFor();
  await seen('reports-due');
  await page.getByRole('button', { name: /Báo cáo ban đầu/ }).first().click();
  await until('the report is shown', () => /^\/reports\/[0-9a-f-]{36}$/.test(new URL(page.url()).pathname));
  const id = id_here();
  await page.locator('dd.gap').first().waitFor();
  await seen('report-draft');
  assert.ok((await page.locator('dl').first().textContent()).includes('Sở Thông tin và Truyền thông Vân Sơn'));
  assert.ok((await page.locator('dl').nth(1).textContent()).includes('mức độ nghiêm trọng'), 'each value shows its source');

  await page.keyboard.press('e');
  for (const box of await page.locator('textarea[required]').all()) await box.fill('Đã xác định, đang theo dõi thêm.');
  await seen('report-edit');
  await button('Lưu').click();
  await until('nothing is missing', async () => (await get(`/reports/${id}`)).missing === 0);
  await page.keyboard.press('s');
  await until('in review', async () => (await state(id)) === 'in_review');
  await page.keyboard.press('a');
  await page.locator('dialog form').waitFor();
  await seen('report-approve');
  await page.locator('dialog .primary').click();
  await until('one approval', async () => (await get(`/reports/${id}`)).approvals.length === 1);
  await page.locator('dialog').waitFor({ state: 'detached' });
  assert.equal(await state(id), 'in_review', 'one is not enough');
  const other = await lead('pho.ca');
  const sha = async () => (await get(`/reports/${id}`)).sha256;
  await other(`/reports/${id}/approve`, { sha256: await sha() });
  assert.equal(await state(id), 'approved');

  // A change takes both away.
  await open(`/reports/${id}`);
  await page.keyboard.press('e');
  await page.locator('p.notice.warn').waitFor();
  await page.locator('textarea').last().fill('Nguyễn Thị Trực, trưởng ca');
  await button('Lưu').click();
  await until('a draft again', async () => (await state(id)) === 'draft');
  assert.equal((await get(`/reports/${id}`)).approvals.length, 0);
  await page.keyboard.press('s');
  await until('in review again', async () => (await state(id)) === 'in_review');
  await other(`/reports/${id}/approve`, { sha256: await sha() });
  await open(`/reports/${id}`);
  await page.keyboard.press('a');
  await page.locator('dialog .primary').click();
  await until('approved', async () => (await state(id)) === 'approved');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await seen('report-approved');
  const pdf = await page.evaluate(async (path) => { const r = await fetch(path); return [r.headers.get('content-type'), (await r.text()).slice(0, 5)]; }, `/api/v1/reports/${id}/pdf?language=vi`);
  assert.deepEqual(pdf, ['application/pdf', '%PDF-']);
  const odt = await page.evaluate(async (path) => { const r = await fetch(path); return [r.headers.get('content-type'), (await r.text()).slice(0, 2)]; }, `/api/v1/reports/${id}/odt?language=en`);
  assert.deepEqual(odt, ['application/vnd.oasis.opendocument.text', 'PK']);

  await page.keyboard.press('s');
  await page.locator('dialog textarea').fill('Công văn 15/BC, gửi qua trục liên thông');
  await page.locator('dialog .primary').click();
  await until('sent', async () => (await state(id)) === 'sent');
  assert.equal((await get(`/incidents/${incident.id}`)).clocks[0].state, 'done', 'the clock is marked with it');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('s');
  await page.locator('dialog textarea').fill('Số đến 77');
  await page.locator('dialog .primary').click();
  await until('receipted', async () => (await state(id)) === 'receipted');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await seen('report-receipted');
  await call('POST', '/reports', { incident_id: incident.id, form: 'internal' });
  await open(`/incidents/${incident.id}`);
  await page.locator('ul.reports li').first().waitFor();
  await seen('incident-reports');
  say('reports: begun from a clock, filled, approved by two, changed and approved again, sent, receipted');
  return { report: id, incident: incident.id };
}
export const report_screens = ({ report, incident }) => [['/reports', 'reports'], [`/reports/${report}`, 'report'], [`/incidents/${incident}`, 'incident-reports'], ['/settings/organisation', 'organisation']];
