// How far a role reaches, by the row of the server's table that came with the session.
import type { Line, Rights } from './types';

const kLine: Line[] = ['viewer', 'analyst', 'lead', 'admin'];

export function reaches(rights: Rights | null, area: string, what: 'read' | 'change', line: Line): boolean {
  const reach = rights?.areas[area] ?? rights;
  const how_far = reach?.[what];
  return how_far ? kLine.indexOf(how_far) >= kLine.indexOf(line) : false;
}
