import { expect, test } from 'vitest';
import { Problem } from './api';
import { field_problems, problem_at } from './field_problems';

test('a list of the schema is taken as it is', () => {
  const problem = new Problem(422, '', '', [{ field: 'tiers[0].layers[0].turn_minutes', detail: 'từ 15 đến 527040' }]);
  expect(problem_at(field_problems(problem), 'tiers[0].layers[0].turn_minutes')).toBe('từ 15 đến 527040');
  expect(problem_at(field_problems(problem), 'tiers[0].layers[0]')).toBe('từ 15 đến 527040');
  expect(problem_at(field_problems(problem), 'tiers[0].layers[1]')).toBeUndefined();
});
test('a sentence that begins with a path belongs to that field', () => {
  const problems = field_problems(new Problem(422, '', 'steps[1].targets[0]: không có kênh x'));
  expect(problems).toEqual([{ field: 'steps[1].targets[0]', detail: 'không có kênh x' }]);
  expect(problem_at(problems, 'steps[1].targets')).toBe('không có kênh x');
  expect(problem_at(problems, 'steps[10].targets')).toBeUndefined();
});
test('an ordinary sentence belongs to none', () => {
  expect(field_problems(new Problem(422, '', 'Không được: hết chỗ'))).toEqual([]);
  expect(field_problems(new Problem(409, '', 'name: taken'))).toEqual([]);
});
