// Handover: the list of what is open, frozen with notes, signed by who leaves, refused to them and signed by who comes; one given
// by another is taken in the browser.
import assert from 'node:assert/strict';
import { base, call, get, open, page, say, seen, until } from './browser.mjs';
import { lead } from './lead.mjs';

const button = (name) => page.getByRole('button', { name }).first();
const id_here = () => new URL(page.url()).pathname.split('/').at(-1);
const shown = () => until('the handover is shown', () => /^\/handovers\/[0-9a-f-]{36}$/.test(new URL(page.url()).pathname));

export async function look_at_handovers() {
  await call('POST', '/incidents', { title: 'Máy chủ thư gửi thư rác', severity: 'medium', regimes: ['internal_sla'], detected_at: new Date(Date.now() - 3_600_000).toISOString() });
  await open('/handovers');
  await until('what is open', async () => (await page.locator('section li').count()) > 1);
  await seen('handover-now');
  await page.locator('textarea[name=notes]').fill('Nhà cung cấp thư hẹn gọi lại lúc 22:00.\nĐể ý máy in tầng 3.');
  await button('Lập bàn giao').click();
  await shown();
  const id = id_here();
  await button('Ký giao ca').waitFor();
  await page.keyboard.press('s');
  await until('given', async () => (await get(`/handovers/${id}`)).state === 'given');
  await until('the giver cannot take it', async () => await button('Ký nhận ca').isDisabled());
  await seen('handover-given');
  const other = await lead('ca.sau');
  const { sha256 } = await get(`/handovers/${id}`);
  await other(`/handovers/${id}/take`, { sha256, remarks: 'Đã rõ.' });
  await open(`/handovers/${id}`);
  assert.match(await page.locator('dl').first().textContent(), /ca\.sau.*Đã rõ/s);
  await seen('handover-taken');
  const pdf = await page.evaluate(async (path) => { const r = await fetch(path); return [r.headers.get('content-type'), (await r.text()).slice(0, 5)]; }, `/api/v1/handovers/${id}/pdf`);
  assert.deepEqual(pdf, ['application/pdf', '%PDF-']);
  // The next shift gives it back.
  const made = await other('/handovers', { notes: 'Thư rác đã dừng.' });
  await other(`/handovers/${made.id}/give`, { sha256: made.sha256 });
  await page.goto(`${base}/handovers`);
  await page.locator('p.notice.warn a').first().click();
  await shown();
  await button('Ký nhận ca').waitFor();
  await page.keyboard.press('s');
  await page.locator('dialog textarea').fill('Nhận ca.');
  await seen('handover-take');
  await page.locator('dialog .primary').click();
  await until('taken', async () => (await get(`/handovers/${made.id}`)).state === 'taken');
  await page.locator('dialog').waitFor({ state: 'detached' });
  say('handover: frozen, signed by both, taken by the other, printed');
  return id;
}
export const handover_screens = (id) => [['/handovers', 'handovers'], [`/handovers/${id}`, 'handover']];
