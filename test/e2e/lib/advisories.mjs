// Part of openapi.e2e.mjs: an advisory from its file to what was met of it, in events of before and of now.
import { check, until } from './wait.mjs';

export async function advisories(call, vedette) {
  const send = async (event) => {
    const sent = await fetch(`${vedette.url}/ingest/app`, {
      method: 'POST', headers: { authorization: `Bearer ${vedette.token}` }, body: `${JSON.stringify(event)}\n`,
    });
    check(sent.status === 200, 'an event is taken');
  };
  await send({ 'host.name': 'pc-7', 'destination.ip': '203.0.113.77' });
  const file = 'type,value\nip,203.0.113[.]77\ndomain,evil[.]example\nport,443\n';
  const seen = (await call('previewAdvisory', { body: { file } })).value;
  check(seen.indicators === 2 && seen.not_used[0].origin === 'line 4', 'a preview says what cannot be used');
  await call('previewAdvisory', { body: { file: 'no,columns\n' }, expected: 422 });
  const draft = { title: 'Chiến dịch X', reference: '15/CV-CATTT', authority: 'Cục ATTT', tlp: 'green', file };
  await call('addAdvisory', { body: { ...draft, reference: ' ' }, expected: 422 });
  const made = (await call('addAdvisory', { body: draft })).value;
  check(made.state === 'in_force' && made.look_back.state === 'waiting', 'an advisory is in force at once');
  const path = { id: made.id };
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
  await call('lookBack', { path, body: { days: 7 } });
  await call('withdrawAdvisory', { path, body: { reason: 'nhầm' } });
  await call('lookBack', { path, body: { days: 7 }, expected: 409 });
  check((await call('listAdvisories')).value.items[0].state === 'withdrawn', 'a withdrawn one is kept');
}
