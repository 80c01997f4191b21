import { expect, it } from 'vitest';
import { type_of } from './observables';

it('tells what a pasted value most likely is', () => {
  expect(type_of('203[.]0[.]113[.]7')).toBe('ipv4-addr');
  expect(type_of('2001:db8::7')).toBe('ipv6-addr');
  expect(type_of('hxxps://evil[.]example/x')).toBe('url');
  expect(type_of('evil[.]example')).toBe('domain-name');
  expect(type_of('lan[@]evil.example')).toBe('email-addr');
  expect(type_of('d41d8cd98f00b204e9800998ecf8427e')).toBe('file');
  expect(type_of('/usr/bin/nc -l 4444')).toBe('process');
  expect(type_of('lan')).toBe('user-account');
});
