// Sites with the pointer: add one, see it defaced, ignore and take back, a maintenance window, approve, import.
import assert from 'node:assert/strict';
import { call, get, open, page, say, seen, until } from './browser.mjs';

const button = (name) => page.getByRole('button', { name, exact: true }).first();
const in_dialog = (name) => page.locator('dialog').getByRole('button', { name, exact: true });
const no_dialog = () => page.locator('dialog').waitFor({ state: 'detached' });
const site = (id) => get(`/sites/${id}`);

export async function add_site(watched) {
  await open('/sites');
  await button('Thêm trang web').click();
  await page.locator('dialog [name=url]').fill(watched.url);
  await page.locator('dialog [name=name]').fill('Sở Giáo dục tỉnh Vân Sơn');
  await seen('site-add-filled');
  await in_dialog('Thêm trang web').click();
  await until('the new site is shown', () => /^\/sites\/[\w-]+$/.test(new URL(page.url()).pathname));
  const id = new URL(page.url()).pathname.split('/').pop();
  await button('Kiểm tra ngay').click();
  await until('the site is learnt', async () => {
    const s = await site(id);
    if (s.learned < s.learn_target) await call('POST', `/sites/${id}/check`);
    return s.state === 'ok';
  });
  watched.state.defaced = true;
  await until('its defacement is an alert', async () => {
    await call('POST', `/sites/${id}/check`);
    return (await get(`/alerts?asset=${id}`)).items.find((a) => a.state === 'new' && a.severity === 'critical');
  });
  say('a site is added, learnt and defaced');
  return id;
}

export async function answer_site(id) {
  await open(`/sites/${id}`);
  await page.locator('article details summary').first().click();
  await page.locator('.places li').first().waitFor();
  const place = await page.locator('.places li code').first().textContent();
  await page.locator('.places li button').first().click();
  await page.locator('dialog form').waitFor();
  await page.locator('dialog input').nth(1).fill('Khối này do đơn vị khác quản lý');
  await seen('site-ignore');
  await in_dialog('Bỏ qua chỗ này').click();
  await no_dialog();
  const rules = async () => (await get(`/sites/${id}/ignores`)).items;
  await until('the place is ignored', async () => (await rules()).some((r) => r.where === place));
  const listed = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Chỗ được bỏ qua' }) });
  await listed.locator('code', { hasText: place }).waitFor();
  await listed.getByRole('button', { name: 'Gỡ bỏ' }).click();
  await until('the ignore is taken back', async () => (await rules()).length === 0);

  await button('Mở khung bảo trì').click();
  await page.locator('dialog form').waitFor();
  await page.locator('dialog input').nth(1).fill('Nâng cấp giao diện');
  await seen('site-window');
  await in_dialog('Mở khung bảo trì').click();
  await no_dialog();
  await until('the window is open', async () => (await site(id)).window_until !== null);
  await button('Đóng khung ngay').click();
  await until('the window is closed', async () => { const s = await site(id); return !s.window_until || Date.parse(s.window_until) <= Date.now(); });
  say('a place ignored and taken back, a maintenance window opened and closed');
}

export async function approve_site(id) {
  await open(`/sites/${id}`);
  await button('Chấp nhận phiên bản này').click();
  await page.locator('dialog').waitFor();
  await seen('site-approve');
  await in_dialog('Chấp nhận phiên bản này').click();
  await no_dialog();
  await until('the approved version is normal', async () => {
    await call('POST', `/sites/${id}/check`);
    return (await site(id)).state === 'ok';
  });
  await until('the alert knows that nothing is wrong any more', async () => (await get(`/alerts?asset=${id}`)).items.every((a) => a.condition_resolved));
  await seen('site-approved');
  say('a version approved');
}

export async function import_sites(watched) {
  const total = async () => (await get('/sites?limit=100')).items.length;
  const before = await total();
  await open('/sites?import=1');
  await page.locator('dialog textarea').fill(`${watched.url}/tuyen-sinh Phòng tuyển sinh\n${watched.url}/thi-dua\nkhông phải địa chỉ\n`);
  await in_dialog('Xem trước').click();
  await page.locator('dialog [role=region]').waitFor();
  await seen('import-preview');
  assert.equal(await total(), before, 'a preview adds nothing');
  await in_dialog('Thêm 2 trang web').click();
  await no_dialog();
  await until('the list is imported', async () => (await total()) === before + 2);

  const kuma = { version: '1.23.13', monitorList: [
    { id: 1, name: 'Cổng tuyển dụng', type: 'http', url: `${watched.url}/tuyen-dung`, interval: 60, active: 1 },
    { id: 2, name: 'Máy chủ thư', type: 'port', hostname: 'mail.example.gov.vn', port: 25 },
  ] };
  await open('/sites?import=1');
  await page.locator('dialog input[type=file]').setInputFiles({ name: 'Uptime_Kuma_Backup.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(kuma)) });
  await in_dialog('Xem trước').click();
  await page.locator('dialog [role=region]').waitFor();
  await seen('import-kuma');
  await in_dialog('Thêm 1 trang web').click();
  await no_dialog();
  await until('the Uptime Kuma export is imported', async () => (await total()) === before + 3);
  await page.locator('[role=grid] .row', { hasText: 'Cổng tuyển dụng' }).waitFor();

  // One of them is deleted again, the way a person would.
  const gone = (await get('/sites?q=thi-dua')).items[0];
  await open(`/sites/${gone.id}`);
  await button('Xóa').click();
  await seen('site-delete');
  await in_dialog('Xóa').click();
  await until('the site is deleted', async () => (await total()) === before + 2);
  say('a list and an Uptime Kuma export imported, a site deleted');
}
