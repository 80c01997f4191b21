// What was seen in an incident, as the API gives it.
import type { Incident } from './incidents';

export const kObservableTypes = ['ipv4-addr', 'ipv6-addr', 'domain-name', 'url', 'email-addr', 'file', 'user-account', 'process'] as const;
export type ObservableType = (typeof kObservableTypes)[number];
export interface Observable {
  id: string | null; type: ObservableType; value: string; defanged: string; tlp: string; note: string; source: string | null;
  added_at: string | null; added_by: string | null;
}
export interface RelatedIncident { incident: Incident; shared: { kind: 'observable' | 'asset' | 'rule'; value: string }[] }

// What a value that somebody pastes most likely is; the form may be told otherwise.
export function type_of(text: string): ObservableType {
  const plain = text.trim().replace(/\[\.\]|\(\.\)/g, '.').replace(/\[@\]/g, '@').replace(/\[:\]/g, ':').replace(/^hxxp/i, 'http');
  if (/^https?:\/\//i.test(plain)) return 'url';
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(plain)) return 'ipv4-addr';
  if (/^[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*$/i.test(plain)) return 'ipv6-addr';
  if (/^([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})$/i.test(plain)) return 'file';
  if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(plain)) return 'email-addr';
  if (/^([\p{L}\p{N}-]+\.)+[\p{L}][\p{L}\p{N}-]+$/u.test(plain)) return 'domain-name';
  return /[\\/ ]/.test(plain) ? 'process' : 'user-account';
}
