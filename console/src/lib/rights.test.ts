import { expect, it } from 'vitest';
import { reaches } from './rights';
import type { Rights } from './types';

const legal: Rights = { read: null, change: null, areas: { incidents: { read: 'viewer', change: null }, reports: { read: 'lead', change: 'lead' } } };

it('goes by the area, and elsewhere by the rest', () => {
  expect(reaches(legal, 'reports', 'change', 'lead')).toBe(true);
  expect(reaches(legal, 'reports', 'change', 'admin')).toBe(false);
  expect(reaches(legal, 'incidents', 'read', 'viewer')).toBe(true);
  expect(reaches(legal, 'incidents', 'change', 'viewer')).toBe(false);
  expect(reaches(legal, 'alerts', 'read', 'viewer')).toBe(false);
  expect(reaches({ ...legal, read: 'admin' }, 'alerts', 'read', 'admin')).toBe(true);
});

it('lets nobody do anything who is not signed in', () => expect(reaches(null, 'alerts', 'read', 'viewer')).toBe(false));
