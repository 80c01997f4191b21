// Part of openapi.e2e.mjs: a directive from receipt to answer, by two who approve. `person` are the headers of an
// administrator's session.
import { check } from './wait.mjs';

export async function directives(call, origin, person) {
  const password = 'a fourth long pass phrase';
  await call('addUser', { body: { username: 'huong', password, role: 'lead' } });
  const signed = await call('signIn', { body: { username: 'huong', password }, headers: origin });
  const huong = { ...origin, cookie: signed.headers.getSetCookie().map((c) => c.split(';')[0]).join('; '), 'x-csrf-token': signed.value.csrf_token };
  const now = Date.now();
  const draft = {
    reference: '07/YC-A05', authority: 'A05', legal_basis: 'Luật 116/2025/QH15', title: 'Cung cấp nhật ký', scope: 'web-1', text: 'Từ 08:00',
    received_at: new Date(now - 3_600_000).toISOString(), due_at: new Date(now + 10 * 3_600_000).toISOString(),
  };
  await call('addDirective', { body: { ...draft, due_at: draft.received_at }, expected: 422 });
  const made = (await call('addDirective', { body: draft })).value;
  const path = { id: made.id };
  await call('attachToDirective', { path, query: `?kind=request&name=${encodeURIComponent('công văn.pdf')}`, body: { a: 1 } });
  await call('attachToDirective', { path, query: '?kind=request&name=x', expected: 422 });
  await call('attachToDirective', { path, query: '?kind=evidence&name=x', body: { b: 2 }, expected: 409 });
  const with_file = (await call('getDirective', { path })).value.directive;
  check(with_file.files.length === 1 && with_file.sha256 !== made.sha256, 'what is asked includes the file');
  await call('viewDirectiveFile', { path: { ...path, file: with_file.files[0].id }, body: {} });
  const { revision } = with_file;
  await call('changeDirective', { path, body: { ...draft, scope: 'web-2', revision } });
  await call('changeDirective', { path, body: { ...draft, revision }, expected: 409 });
  await call('approveDirective', { path, body: { sha256: made.sha256 }, headers: person, expected: 409 });
  await call('verifyDirective', { path, body: { note: 'gọi lại' } });
  const { sha256 } = (await call('assignDirective', { path, body: { assignee: 'minh' } })).value;
  await call('approveDirective', { path, body: { sha256 }, expected: 403 });
  await call('approveDirective', { path, body: { sha256 }, headers: person });
  await call('approveDirective', { path, body: { sha256 }, headers: person, expected: 403 });
  await call('executeDirective', { path, body: { what: 'x' }, expected: 409 });
  const approved = (await call('approveDirective', { path, body: { sha256 }, headers: huong })).value;
  check(approved.state === 'approved' && approved.approvals.length === 2, 'two people approve');
  await call('contestDirective', { path, body: { why: 'vượt phạm vi' } });
  await call('resumeDirective', { path, body: { why: 'đã sửa' } });
  await call('assignDirective', { path, body: { assignee: 'minh' } });
  for (const headers of [person, huong]) await call('approveDirective', { path, body: { sha256 }, headers });
  await call('executeDirective', { path, body: { what: 'đã trích xuất' } });
  await call('answerDirective', { path, body: { text: 'công văn 22' } });
  const other = (await call('addDirective', { body: { ...draft, reference: '08' } })).value;
  check((await call('listDirectives', { query: '?open=true&order=due' })).value.items[0].id === other.id, 'open ones are listed by their due time');
  const waiting = (await call('openDirectives')).value;
  check(waiting.open === 1 && waiting.overdue === 0 && waiting.soonest_due === other.due_at, 'the wall is told how many are open and until when');
  await call('rejectDirective', { path: { id: other.id }, body: { why: 'giả mạo' } });
  check((await call('listMailboxes')).value.items.length === 0 && (await call('listMails')).value.items.length === 0, 'no mailbox is set up here');
  const counted = (await call('countDirectives')).value.items;
  check(counted.reduce((sum, one) => sum + one.carried_out + one.rejected, 0) === 2, 'they are counted');
}
