// Settings with the pointer: what is saved is there, what is tested arrives, what is revoked is refused.
import assert from 'node:assert/strict';
import { base, call, expected, get, open, page, say, seen, until } from './browser.mjs';

const button = (name) => page.getByRole('button', { name, exact: true }).first();
const in_dialog = (name) => page.locator('dialog').getByRole('button', { name, exact: true });
const no_dialog = () => page.locator('dialog').waitFor({ state: 'detached' });

export async function change_settings() {
  const mails = async () => (await get('/mailbox')).items;
  const before = (await mails()).length;
  await open('/settings/channels');
  await button('Gửi thử').click();
  await page.locator('.notice.good').waitFor();
  await seen('channel-tested');
  const mail = await until('the test message is in the mailbox', async () => { const all = await mails(); return all.length > before && all[0]; });
  await open('/mailbox');
  await page.locator('article h2', { hasText: mail.subject }).waitFor();
  await seen('mailbox-test');

  await open('/settings/channels');
  await button('Thêm kênh').click();
  await page.locator('dialog input').first().waitFor();
  await seen('channel-add');
  // A gateway's address is kept and never shown again, and the rest can be changed without typing it anew.
  await page.locator('dialog select').first().selectOption('sms');
  await page.locator('dialog input').first().fill('Tin nhắn trực ban');
  await page.locator('dialog [name=url]').fill('http://127.0.0.1:9/send?key=abc&to={to}&text={text}');
  await page.locator('dialog [name=to]').fill('+84 912 345 678');
  await seen('channel-sms');
  await in_dialog('Lưu').click();
  await no_dialog();
  const sms = () => get('/channels').then((all) => all.items.find((c) => c.kind === 'sms'));
  assert.equal((await sms()).settings.url, '********');
  await page.locator('section', { hasText: 'Tin nhắn trực ban' }).getByRole('button', { name: 'Sửa' }).click();
  await page.locator('dialog [name=to]').fill('+84 912 345 678, 113');
  await in_dialog('Lưu').click();
  await until('the numbers are saved', async () => (await sms()).settings.to.length === 2);
  await call('DELETE', `/channels/${(await sms()).id}`);

  await open('/settings/ladder');
  await button('Thêm bậc').click();
  await page.locator('ol > li').nth(1).locator('input[type=number]').fill('20');
  await page.locator('ol > li').nth(1).locator('input[type=checkbox]').first().check();
  await seen('ladder-changed');
  await button('Lưu').click();
  await until('the ladder is saved', async () => (await get('/ladder')).steps.map((s) => s.after_minutes).join() === '0,20');
  await open('/settings/ladder');
  assert.equal(await page.locator('ol > li').count(), 2, 'the ladder is shown as saved');

  await open('/settings/users');
  await button('Thêm người dùng').click();
  await page.locator('dialog input').nth(0).fill('an.nguyen');
  await page.locator('dialog input').nth(1).fill('Nguyễn Văn An');
  await page.locator('dialog input[type=password]').fill('mot cau khac rat dai 2026');
  await seen('user-add');
  await in_dialog('Lưu').click();
  await no_dialog();
  const sign_in = () => page.evaluate(async () => { const answer = await fetch('/api/v1/session', { method: 'POST', credentials: 'omit', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ username: 'an.nguyen', password: 'mot cau khac rat dai 2026' }) }); await answer.text(); return answer.status; });
  assert.equal(await sign_in(), 200, 'the new user can sign in');
  await page.getByRole('button', { name: 'Sửa an.nguyen' }).click();
  await page.locator('dialog input[type=checkbox]').check();
  await in_dialog('Lưu').click();
  await no_dialog();
  await until('the user is disabled', async () => (await get('/users')).items.find((u) => u.username === 'an.nguyen').disabled);
  assert.equal(await sign_in(), 401, 'a disabled user is refused');
  await seen('user-disabled');

  await open('/settings/tokens');
  await button('Tạo mã').click();
  await page.locator('dialog input').first().fill('GitLab triển khai');
  await page.locator('dialog input[value="sites:read"]').check();
  await seen('token-add');
  await in_dialog('Tạo mã').click();
  await no_dialog();
  const token = await page.locator('.notice code').textContent();
  await seen('token-made');
  const use = () => page.evaluate(async (token) => { const answer = await fetch('/api/v1/sites', { credentials: 'omit', headers: { Authorization: `Bearer ${token}` } }); await answer.text(); return answer.status; }, token);
  assert.equal(await use(), 200, 'the token works');
  await button('Tôi đã cất').click();
  await page.getByRole('button', { name: /^Thu hồi/ }).first().click();
  await until('the token is revoked', async () => (await get('/tokens')).items.length === 0);
  expected.errors++;
  assert.equal(await use(), 401, 'a revoked token is refused');
  expected.errors--;

  await open('/settings/heartbeats');
  await button('Chờ một hệ thống').click();
  await page.locator('dialog input').first().fill('Sao lưu đêm');
  await seen('heartbeat-add');
  await in_dialog('Chờ một hệ thống').click();
  await no_dialog();
  const address = (await page.locator('.notice code').textContent()).split(' ').at(-1);
  const beat = () => page.evaluate(async (address) => (await fetch(address, { method: 'POST', credentials: 'omit' })).status, address);
  assert.equal(await beat(), 204, 'its call is taken');
  await until('the call is noted', async () => (await get('/heartbeats')).items[0].state === 'alive');
  await open('/settings/heartbeats');
  await page.locator('td', { hasText: 'đang gọi đều' }).waitFor();
  await seen('heartbeat-alive');
  await button('Xóa').click();
  await until('nobody waits for it', async () => (await get('/heartbeats')).items.length === 0);
  expected.errors++;
  assert.equal(await beat(), 404, 'its address is nobody\'s');
  expected.errors--;

  // The tree by the keys alone, then a site that belongs to one of its units.
  await open('/settings/units');
  const add_unit = async (name, code) => {
    await button('Thêm đơn vị').click();
    await page.locator('dialog [name=name]').fill(name);
    await page.locator('dialog [name=code]').fill(code);
    await in_dialog('Thêm đơn vị').click();
    await no_dialog();
    await page.locator('[role=treeitem]', { hasText: name }).waitFor();
  };
  await add_unit('Sở Y tế', 'SYT');
  await page.locator('[role=treeitem]', { hasText: 'Sở Y tế' }).focus();
  await add_unit('Bệnh viện đa khoa', 'BVDK');
  await page.locator('[role=treeitem]').first().focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.locator('dialog [name=contact]').fill('trực ban bệnh viện, máy lẻ 113');
  await seen('unit-edit');
  await in_dialog('Lưu').click();
  await no_dialog();
  const unit = (await get('/units')).items.find((one) => one.code === 'BVDK');
  assert.equal(unit.contact, 'trực ban bệnh viện, máy lẻ 113', 'the last unit of the tree was changed');
  assert.equal((await get(`/units/${unit.parent}`)).code, 'SYT', 'it hangs below the one that was chosen');
  const other = page.getByRole('form', { name: 'Tài sản khác' });
  await other.locator('input').fill('web-07');
  await other.locator('select').last().selectOption(unit.id);
  await other.getByRole('button', { name: 'Giao' }).click();
  await page.locator('section li', { hasText: 'web-07' }).waitFor();
  await until('the asset belongs to it', async () => (await get('/asset-units')).items.some((one) => one.unit === unit.id));
  await seen('units');
  await page.locator('[role=treeitem]').first().focus();
  await page.keyboard.press('ArrowLeft');
  assert.equal(await page.locator('[role=treeitem]').count(), 1, 'the tree is folded by the key');
  for (const one of (await get('/asset-units')).items) await call('PUT', `/asset-units/${one.type}/${one.id}`, { unit: 'root' });
  for (const id of [unit.id, unit.parent]) await call('DELETE', `/units/${id}`);

  await open('/settings/audit');
  await button('Kiểm tra toàn bộ chuỗi').click();
  await page.locator('.notice.good').waitFor();
  await seen('audit-verified');
  say(`settings: channel tested, ladder saved, user added and disabled, token made and revoked, heartbeat taken, units in a tree, audit verified (${base})`);
}
