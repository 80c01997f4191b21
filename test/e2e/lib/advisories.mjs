// Part of openapi.e2e.mjs: an advisory from its file to what was met of it, in events of before and of now.
import { check, until } from './wait.mjs';

export async function advisories(call, vedette, person, web, html) {
  const send = async (event) => {
    const sent = await fetch(`${vedette.url}/ingest/app`, {
      method: 'POST', headers: { authorization: `Bearer ${vedette.token}` }, body: `${JSON.stringify(event)}\n`,
    });
    check(sent.status === 200, 'an event is taken');
  };
  await send({ 'host.name': 'pc-7', 'destination.ip': '203.0.113.77' });
  web.put('links.html', html.replace('</body>', '<p><a href="https://cdn.evil.example/x">x</a></p></body>'));
  const site = (await call('addSite', { body: { name: 'links', url: `${web.url}/links.html`, interval_s: 5 } })).value;
  const file = 'type,value\nip,203.0.113[.]77\ndomain,evil[.]example\nport,443\n';
  const seen = (await call('previewAdvisory', { body: { file } })).value;
  check(seen.indicators === 2 && seen.not_used[0].origin === 'line 4', 'a preview says what cannot be used');
  await call('previewAdvisory', { body: { file: 'no,columns\n' }, expected: 422 });
  const draft = { title: 'Chiến dịch X', reference: '15/CV-CATTT', authority: 'Cục ATTT', tlp: 'green', file };
  await call('addAdvisory', { body: { ...draft, reference: ' ' }, expected: 422 });
  const made = (await call('addAdvisory', { body: draft })).value;
  check(made.state === 'unconfirmed' && made.lead_confirms, 'what a token adds waits for a lead');
  const path = { id: made.id };
  await call('lookBack', { path, body: { days: 7 }, expected: 409 });
  await call('confirmAdvisory', { path, body: {}, expected: 403 });
  const confirmed = (await call('confirmAdvisory', { path, body: {}, headers: person })).value;
  check(confirmed.state === 'in_force' && confirmed.look_back.state === 'waiting', 'a confirmed one is in force');
  await call('confirmAdvisory', { path, body: {}, headers: person, expected: 409 });
  const own = (await call('addAdvisory', { body: { ...draft, reference: '16', look_back_days: 0 }, headers: person })).value;
  check(own.state === 'in_force' && own.confirmed_by === 'root', 'what a lead adds is in force at once');
  await call('withdrawAdvisory', { path: { id: own.id }, body: { reason: 'trùng' } });
  const looked = await until('the look back is done', 60, async () => {
    const { look_back } = (await call('getAdvisory', { path })).value;
    return look_back.state === 'done' && look_back;
  });
  check(looked.hits === 1, 'an event of before is found');
  check((await call('advisoryHits', { path })).value.items[0].indicator === '203[.]0[.]113[.]77', 'and named');
  const page = (await call('advisoryIndicators', { path, query: '?limit=1' })).value;
  check(page.items.length === 1 && page.next_cursor === '1', 'indicators come in pages');
  await until('what comes now is an alert', 60, async () => {
    await send({ 'host.name': 'pc-8', 'dns.question.name': 'www.evil.example' });
    const { items } = (await call('listAlerts', { query: '?q=pc-8' })).value;
    return items.some((alert) => alert.kind === 'advisory_match');
  });
  const met = () => vedette.all('/alerts').then((all) => all.find((alert) => alert.kind === 'advisory_match' && alert.asset.id === site.id));
  const on_page = await until('a watched page that leads to an indicator is an alert', 120, met);
  check(/evil\[\.\]example/.test(on_page.title) && /link at /.test(on_page.reason) && on_page.reason.includes(draft.reference), `it names indicator, place and advisory: ${on_page.reason}`);
  await call('lookBack', { path, body: { days: 7 } });
  await call('withdrawAdvisory', { path, body: { reason: 'nhầm' } });
  await call('lookBack', { path, body: { days: 7 }, expected: 409 });
  await until('an advisory that is withdrawn ends what it said of pages', 120, async () => (await met()).condition_resolved);
  await call('removeSite', { path: { id: site.id } });
  check((await call('listAdvisories')).value.items.every((one) => one.state === 'withdrawn'), 'a withdrawn one is kept');
}
