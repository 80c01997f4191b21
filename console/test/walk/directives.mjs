// Directives: registered with its letter by keyboard, verified, assigned, approved by two people and not before carried out,
// answered; a second one stands on the shift by its due time.
import assert from 'node:assert/strict';
import { call, get, open, page, say, seen, until } from './browser.mjs';
import { lead } from './lead.mjs';

const id_here = () => new URL(page.url()).pathname.split('/').at(-1);
const local = (ms) => new Date(ms - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
const step = async (said) => {
  await page.keyboard.press('s');
  await page.locator('dialog form').waitFor();
  if (said) await page.locator('dialog [name=said]').fill(said);
  await page.locator('dialog .primary').click();
  await page.locator('dialog').waitFor({ state: 'detached' });
};
const state_is = (id, state) => until(state, async () => (await get(`/directives/${id}`)).directive.state === state);

export async function look_at_directives() {
  await open('/directives');
  await page.locator('h2').first().waitFor();
  await seen('directives-empty');
  await page.keyboard.press('n');
  await page.locator('dialog form').waitFor();
  const fill = { reference: '07/YC-A05', authority: 'Cục A05, Bộ Công an', legal_basis: 'Luật 116/2025/QH15, Điều 20', title: 'Cung cấp nhật ký truy cập', received: local(Date.now() - 3_600_000), due: local(Date.now() + 23 * 3_600_000), scope: 'web-01, từ 08:00 đến 12:00' };
  for (const [name, value] of Object.entries(fill)) await page.locator(`dialog [name=${name}]`).fill(value);
  await page.locator('dialog input[type=file]').setInputFiles({ name: 'công văn 07.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7') });
  await seen('directive-new');
  await page.locator('dialog .primary').click();
  await until('the directive is shown', () => /^\/directives\/[0-9a-f-]{36}$/.test(new URL(page.url()).pathname));
  const id = id_here();
  await page.getByText('công văn 07.pdf').first().waitFor();
  await seen('directive-received');
  await step('Gọi lại số tổng đài của A05; chữ ký số hợp lệ.');
  await state_is(id, 'verified');
  await step('binh');
  await state_is(id, 'assigned');
  await until('who registered it cannot approve it', async () => await page.locator('header .primary').isDisabled());
  await seen('directive-own');
  const [deputy, head] = [await lead('pho.phong'), await lead('truong.phong')];
  const { sha256 } = (await get(`/directives/${id}`)).directive;
  await deputy(`/directives/${id}/approve`, { sha256 });
  assert.equal((await get(`/directives/${id}`)).directive.state, 'assigned', 'one person is not enough');
  await head(`/directives/${id}/approve`, { sha256 });
  await open(`/directives/${id}`);
  await state_is(id, 'approved');
  await page.locator('header .primary').waitFor();
  await step('Đã trích xuất nhật ký của web-01, giao qua kênh mã hóa.');
  await state_is(id, 'executed');
  await step('Công văn 22/TL-STTTT');
  await state_is(id, 'answered');
  await until('every step is shown', async () => (await page.locator('#steps + ol li').count()) === 8);
  await seen('directive-answered');
  const made = await call('POST', '/directives', {
    reference: '08/YC-A05', authority: 'Cục A05, Bộ Công an', legal_basis: 'Luật 116/2025/QH15', title: 'Gỡ nội dung giả mạo', received_at: new Date(Date.now() - 23 * 3_600_000).toISOString(), due_at: new Date(Date.now() + 3_600_000).toISOString(),
  });
  assert.equal(made.status, 201);
  // One that somebody else registered is approved here.
  const theirs = await deputy('/directives', { reference: '09/YC-A05', authority: 'Cục A05, Bộ Công an', legal_basis: 'Luật 116/2025/QH15', title: 'Cung cấp danh sách tài khoản', received_at: new Date(Date.now() - 3_600_000).toISOString(), due_at: null });
  await deputy(`/directives/${theirs.id}/verify`, { note: 'Gọi lại.' });
  await deputy(`/directives/${theirs.id}/assign`, { assignee: 'binh' });
  await open(`/directives/${theirs.id}`);
  await page.locator('header .primary').waitFor();
  await page.keyboard.press('s');
  await page.locator('dialog form').waitFor();
  await seen('directive-approve');
  await page.locator('dialog .primary').click();
  await page.locator('dialog').waitFor({ state: 'detached' });
  await until('approved once', async () => (await get(`/directives/${theirs.id}`)).directive.approvals.length === 1);
  await until('the same person cannot approve again', async () => await page.locator('header .primary').isDisabled());
  await open('/');
  await page.locator('article.line.soon').first().waitFor();
  await seen('shift-directive');
  await open('/directives');
  await until('both', async () => (await page.locator('article.line').count()) === 3);
  say('directives: registered, verified, approved by two, carried out, answered; the next one is on the shift');
  return id;
}
export const directive_screens = (id) => [['/directives', 'directives'], [`/directives/${id}`, 'directive']];
