import { beforeEach, describe, expect, test } from 'vitest';
import { en } from '../i18n/en';
import { i18n } from '../i18n/i18n.svelte';
import { vi } from '../i18n/vi';
import { Problem } from './api';
import { problem_parts, problem_text } from './problem_text';

describe('in Vietnamese', () => {
  beforeEach(() => { i18n.texts = vi; i18n.language = 'vi'; });
  test('English of a library stays beside the sentence', () => {
    const error = new Problem(409, 'Conflict', 'this site is watched already');
    expect(problem_parts(error)).toEqual({ text: vi['problem.status_409'], detail: 'this site is watched already' });
    expect(problem_text(error)).toBe(`${vi['problem.status_409']} “this site is watched already”`);
  });
  test('a detail that is Vietnamese already is the whole text', () => {
    expect(problem_parts(new Problem(409, 'Conflict', 'Máy này đã bị thu hồi.'))).toEqual({ text: 'Máy này đã bị thu hồi.', detail: '' });
  });
  test('what the server says about fields is shown as it is', () => {
    const error = new Problem(422, 'Yêu cầu chưa hợp lệ', 'url không được để trống', [{ field: 'url', detail: 'không được để trống' }, { field: 'limit', detail: 'phải từ 1 đến 500' }]);
    expect(problem_parts(error)).toEqual({ text: 'url: không được để trống; limit: phải từ 1 đến 500', detail: '' });
  });
  test('English about a field stays as the detail', () => {
    const error = new Problem(422, 'The request does not fit', '', [{ field: 'url', detail: 'looks odd' }]);
    expect(problem_parts(error)).toEqual({ text: vi['problem.status_422'], detail: 'url: looks odd' });
  });
  test('an unknown status says its number', () => {
    expect(problem_text(new Problem(418, 'Teapot', ''))).toContain('418');
  });
});
describe('in English', () => {
  beforeEach(() => { i18n.texts = en; i18n.language = 'en'; });
  test('the detail is the text', () => {
    expect(problem_text(new Problem(409, 'Conflict', 'this site is watched already'))).toBe('this site is watched already');
    expect(problem_text(new Problem(503, 'Not available now', ''))).toBe(en['problem.status_503']);
  });
});
