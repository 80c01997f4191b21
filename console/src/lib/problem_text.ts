import { t } from '../i18n/i18n.svelte';
import { Problem } from './api';

export function problem_text(error: unknown): string {
  if (!(error instanceof Problem)) return error instanceof Error ? error.message : String(error);
  if (error.offline) return t('problem.offline');
  if (error.status === 429) return t('problem.slow_down', { n: error.retry_after_s ?? 60 });
  if (error.status === 403) return error.detail || t('problem.forbidden');
  if (error.status === 404) return error.detail || t('problem.gone');
  const fields = error.fields.map((f) => f.detail).join(' ');
  return [error.detail || error.title || t('problem.unknown', { status: error.status }), fields].filter(Boolean).join(' ');
}
