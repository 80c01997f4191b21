// Part of openapi.e2e.mjs: what two people must do, a report and a handover of a shift, each from beginning to end. `call` is its
// call of an operation by a token; `person` are the headers of an administrator's session.
import { check } from './wait.mjs';

export async function two_people(call, origin, person) {
  await call('setOrganisation', { body: { name: 'Sở TTTT', address: '12 Lê Lợi', sector: '', contact: 'An', phone: '0900', email: 'an@example.org' } });
  await call('getOrganisation');
  const from = new Date(Date.now() - 3_600_000).toISOString();
  const incident = (await call('openIncident', { body: { title: 'Máy chủ thư gửi thư rác', summary: 'Từ 08:00', severity: 'high', regimes: ['internal_sla'], detected_at: from } })).value;
  await call('draftReport', { body: { incident_id: incident.id, form: 'eu_nis2_final' }, expected: 404 });
  const draft = (await call('draftReport', { body: { incident_id: incident.id, form: 'internal', regime: 'internal_sla', step: 'inform_management' } })).value;
  const by_report = { path: { id: draft.id } };
  await call('submitReport', { ...by_report, body: {}, expected: 409 });
  const missing = draft.sections.flatMap((section) => section.fields).filter((field) => field.missing).map((field) => [field.id, 'đã điền']);
  check(missing.length > 0, 'a draft says what is missing');
  await call('typeReport', { ...by_report, body: { revision: 1, values: Object.fromEntries(missing) } });
  await call('typeReport', { ...by_report, body: { revision: 1, values: {} }, expected: 409 });
  const { sha256 } = (await call('submitReport', { ...by_report, body: {} })).value;
  await call('approveReport', { ...by_report, body: { sha256 }, expected: 403 });
  await call('returnReport', { ...by_report, body: { note: 'sửa lại' } });
  const again = (await call('submitReport', { ...by_report, body: {} })).value;
  const approved = (await call('approveReport', { ...by_report, body: { sha256: again.sha256 }, headers: person })).value;
  check(approved.state === 'approved', 'one person other than the author approves an internal report');
  for (const kind of ['printReport', 'writeReport']) await call(kind, { ...by_report, query: '?language=en&sources=true' });
  await call('sendReport', { ...by_report, body: { note: 'số 15/BC' } });
  check((await call('getIncident', { path: { id: incident.id } })).value.clocks[0].sent_at !== null, 'the clock is marked with it');
  await call('takeBackReport', { ...by_report, body: { note: 'nhầm' } });
  await call('sendReport', { ...by_report, body: {} });
  await call('receiptReport', { ...by_report, body: { receipt: 'số đến 77' } });
  await call('dropReport', { ...by_report, body: {}, expected: 409 });
  const other = (await call('draftReport', { body: { incident_id: incident.id, form: 'internal' } })).value;
  await call('dropReport', { path: { id: other.id }, body: { note: 'trùng' } });
  await call('getReport', by_report);
  await call('listReports', { query: `?incident=${incident.id}` });

  const password = 'a third long pass phrase';
  await call('addUser', { body: { username: 'minh', password, role: 'analyst' } });
  const signed = await call('signIn', { body: { username: 'minh', password }, headers: origin });
  const minh = { ...origin, cookie: signed.headers.getSetCookie().map((c) => c.split(';')[0]).join('; '), 'x-csrf-token': signed.value.csrf_token };
  const made = (await call('makeHandover', { body: { notes: 'Để ý máy in' } })).value;
  const by_handover = { path: { id: made.id } };
  check(made.items.some((item) => item.kind === 'incident' && item.id === incident.id), 'a handover names the open incident');
  await call('giveHandover', { ...by_handover, body: { sha256: made.sha256 }, expected: 403 });
  await call('giveHandover', { ...by_handover, body: { sha256: made.sha256 }, headers: minh });
  await call('takeHandover', { ...by_handover, body: { sha256: made.sha256 }, headers: minh, expected: 403 });
  await call('takeHandover', { ...by_handover, body: { sha256: made.sha256, remarks: 'đã rõ' }, headers: person });
  await call('getHandover', by_handover);
  await call('printHandover', by_handover);
  const next = (await call('makeHandover', { body: {} })).value;
  await call('withdrawHandover', { path: { id: next.id }, body: {} });
}
