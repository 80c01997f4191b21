import type { Alert, Mail, SiteDetail, Tour } from './types';

// Which step of the tour is the present one, from live state alone: reloading or coming back later changes nothing.
// 1 start, 2 learning, 3 deface, 4 wait for the alert, 5 wait for the mail, 6 acknowledge, 7 take it away.
export function tour_step(
  tour: Pick<Tour, 'state' | 'defaced'> | null, site: Pick<SiteDetail, 'state'> | null, alert: Pick<Alert, 'state'> | null,
  mail: Pick<Mail, 'id'> | null): number {
  if (!tour || tour.state === 'off') return 1;
  if (alert) {
    if (alert.state !== 'new') return 7;
    return mail ? 6 : 5;
  }
  if (tour.defaced) return 4;
  return !site || site.state === 'learning' ? 2 : 3;
}
