import { expect, test } from 'vitest';
import { by_next_step } from './next_step';
import type { Alert } from './types';

test('the next call comes first, and what calls nobody is left out', () => {
  const alert = (id: string, next_step_at: string | null) => ({ id, next_step_at }) as Alert;
  const sorted = by_next_step([alert('late', '2026-09-02T10:00:00Z'), alert('none', null), alert('soon', '2026-09-02T09:59:59.5Z')]);
  expect(sorted.map((one) => one.id)).toEqual(['soon', 'late']);
});
