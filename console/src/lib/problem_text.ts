import { i18n, t, type Key } from '../i18n/i18n.svelte';
import { Problem } from './api';

export interface ProblemParts { text: string; detail: string }

const kStatuses = [400, 401, 403, 409, 413, 422, 429, 500, 501, 503, 504];
// The server speaks the reader's language; what a library said stays English.
const is_vietnamese = (text: string) => /[ăâđêôơưà-ỹ]/i.test(text);

// What went wrong in the reader's language, and beside it what the server said when that is in another one.
export function problem_parts(error: unknown): ProblemParts {
  if (!(error instanceof Problem)) return { text: error instanceof Error ? error.message : String(error), detail: '' };
  if (error.offline) return { text: t('problem.offline'), detail: '' };
  if (error.status === 429 && error.retry_after_s !== null) return { text: t('problem.slow_down', { n: error.retry_after_s }), detail: '' };
  const sentence = kStatuses.includes(error.status) ? t(`problem.status_${error.status}` as Key) : t('problem.unknown', { status: error.status });
  const said = error.fields.length > 0 ? error.fields.map((f) => `${f.field}: ${f.detail}`).join('; ') : error.detail;
  const fallback = error.status === 404 ? t('problem.gone') : sentence;
  if (i18n.language === 'en' || is_vietnamese(said)) return { text: said || fallback, detail: '' };
  return { text: fallback, detail: said };
}
export function problem_text(error: unknown): string {
  const { text, detail } = problem_parts(error);
  return detail ? `${text} “${detail}”` : text;
}
