// Hosts on a real server: where it takes no agents the page says so; where it does, a group gets its policy, a host is
// enrolled from the page, and the token that is not used is cancelled.
import assert from 'node:assert/strict';
import { call, get, open, page, say, seen, until } from './browser.mjs';

const button = (name) => page.getByRole('button', { name, exact: true }).first();
const in_dialog = (name) => page.locator('dialog').getByRole('button', { name, exact: true });
const no_dialog = () => page.locator('dialog').waitFor({ state: 'detached' });

export async function look_at_hosts() {
  await open('/hosts');
  if ((await call('GET', '/hosts')).status === 404) {
    await page.getByRole('heading', { name: 'Máy chủ này chưa nhận agent' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Thêm máy' }).count(), 0, 'nothing is offered that cannot work');
    await seen('hosts-no-agents');
    say('hosts: the server takes no agents, and the page says so');
    return;
  }
  await seen('hosts-before');
  await open('/hosts?view=groups');
  await button('Thêm nhóm').click();
  await page.locator('dialog [name=group]').fill('may-chu-tep');
  await page.locator('dialog [name=trees]').fill('srv/share');
  await in_dialog('Lưu').click();
  await page.locator('dialog [role=alert]').waitFor();
  await page.locator('dialog [name=trees]').fill('/srv/share\n/home');
  await seen('policy-new');
  await in_dialog('Lưu').click();
  await no_dialog();
  await until('the policy is kept', async () => (await get('/groups')).items.some((g) => g.group === 'may-chu-tep' && g.mode === 'observe' && g.trees.join() === '/srv/share,/home'));
  await seen('groups');

  await open('/hosts?enrol=1');
  await page.locator('dialog [name=group]').fill('may-chu-tep');
  await page.locator('dialog [name=note]').fill('máy tệp của phòng Kế toán');
  await seen('enrol');
  await in_dialog('Cấp mã').click();
  const command = await page.locator('dialog pre').textContent();
  assert.match(command, /^vedette agent enroll --server \S+ --pin sha256\/\/\S+ --token vde_\S+/);
  await seen('enrol-command');
  await in_dialog('Tôi đã chép').click();
  await no_dialog();
  await open('/hosts?view=enrolments');
  await page.locator('td', { hasText: 'máy tệp của phòng Kế toán' }).waitFor();
  assert.ok(!(await page.content()).includes(/vde_\S+/.exec(command)[0]), 'the token is not shown again');
  await seen('enrolments');
  await button('Hủy mã').click();
  await until('the token is cancelled', async () => (await get('/enrolments')).items.every((e) => e.used_at || e.note !== 'máy tệp của phòng Kế toán'));
  say('hosts: a policy saved, a token made, shown once and cancelled');
}
