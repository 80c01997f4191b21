import { number_text, duration, t } from '../i18n/i18n.svelte';

// How far a host's clock is from the server's, in words; positive: the host's clock is ahead.
export function skew_text(ms: number | null): string {
  if (ms === null) return t('skew.unknown');
  const size = Math.abs(ms);
  if (size < 100) return t('skew.exact');
  const amount = size < 1000 ? t('skew.ms', { n: number_text(size) }) : duration(size / 1000);
  return t(ms > 0 ? 'skew.ahead' : 'skew.behind', { amount });
}
