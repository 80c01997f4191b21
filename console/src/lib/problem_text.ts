import { i18n, t, type Key } from '../i18n/i18n.svelte';
import { Problem } from './api';

export interface ProblemParts { text: string; detail: string }

const kStatuses = [400, 401, 403, 409, 413, 422, 429, 500, 501, 503, 504];
// What the server's check of a request says about one field; its sentences are English.
const kFieldSentences: [RegExp, (m: RegExpExecArray) => string][] = [
  [/^is missing$/, () => t('problem.field_missing')],
  [/^must not be empty$/, () => t('problem.field_empty')],
  [/^is longer than (\d+) bytes$/, (m) => t('problem.field_long', { n: m[1]! })],
  [/^is shorter than (\d+) bytes$/, (m) => t('problem.field_short', { n: m[1]! })],
  [/^must be from (\S+) to (\S+)$/, (m) => t('problem.field_range', { least: m[1]!, most: m[2]! })],
  [/^must be one of (.+)$/, (m) => t('problem.field_one_of', { values: m[1]! })],
  [/^must be a number$/, () => t('problem.field_number')],
  [/^must be a whole number$/, () => t('problem.field_whole')],
];
export function field_text(detail: string): string {
  for (const [pattern, sentence] of kFieldSentences) {
    const match = pattern.exec(detail);
    if (match) return sentence(match);
  }
  return detail;
}
const is_vietnamese = (text: string) => /[ăâđêôơưà-ỹ]/i.test(text);

// What went wrong in the reader's language, and beside it what the server said when that is in another one.
export function problem_parts(error: unknown): ProblemParts {
  if (!(error instanceof Problem)) return { text: error instanceof Error ? error.message : String(error), detail: '' };
  if (error.offline) return { text: t('problem.offline'), detail: '' };
  if (error.status === 429 && error.retry_after_s !== null) return { text: t('problem.slow_down', { n: error.retry_after_s }), detail: '' };
  const sentence = kStatuses.includes(error.status) ? t(`problem.status_${error.status}` as Key) : t('problem.unknown', { status: error.status });
  const fields = error.fields.map((f) => `${f.field}: ${field_text(f.detail)}`);
  const unclear = error.fields.some((f) => field_text(f.detail) === f.detail);
  if (i18n.language === 'en' || is_vietnamese(error.detail)) {
    const all = fields.length > 0 ? fields.join('; ') : error.detail;
    return { text: all || (error.status === 404 ? t('problem.gone') : sentence), detail: '' };
  }
  if (fields.length > 0 && !unclear) return { text: `${sentence} ${fields.join('; ')}`, detail: '' };
  return { text: error.status === 404 ? t('problem.gone') : sentence, detail: fields.length > 0 ? fields.join('; ') : error.detail };
}
export function problem_text(error: unknown): string {
  const { text, detail } = problem_parts(error);
  return detail ? `${text} “${detail}”` : text;
}
