import { expect, test } from 'vitest';
import { authentication, page_of_mail, type TakenMail } from './mail_intake';

const one = (more: Partial<TakenMail>) => ({ spf: null, dkim: null, dmarc: null, outcome: 'directive', object_id: 'x', ...more }) as TakenMail;

test('what the own mail server says, and nothing where it says nothing', () => {
  expect(authentication(one({ spf: 'fail', dmarc: 'pass' }))).toBe('SPF fail, DMARC pass');
  expect(authentication(one({}))).toBe('');
});
test('where a message became something', () => {
  expect(page_of_mail(one({}))).toBe('/directives/x');
  expect(page_of_mail(one({ outcome: 'advisory' }))).toBe('/advisories/x');
  expect(page_of_mail(one({ outcome: 'set_aside', object_id: null }))).toBeUndefined();
});
