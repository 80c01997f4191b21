// Evidence of incidents: as the API gives it, files sent in parts, and what is downloaded by POST because looking leaves a trace.
import { api } from './api';

export interface CustodyEntry { at: string; action: 'taken_in' | 'viewed' | 'exported'; by: string; detail: string }
export interface Evidence {
  id: string; incident_id: string; kind: 'file' | 'snapshot' | 'events'; name: string; origin: string; note: string; tlp: string; bytes: number;
  sha256: string; taken_at: string; taken_by: string; custody: CustodyEntry[];
}

// One part after the other: the file is never whole in memory, here or there.
export async function send_file(incident: string, file: File, note: string, on_share: (share: number) => void): Promise<Evidence> {
  const { intake, part_bytes_max } = await api.post<{ intake: string; part_bytes_max: number }>(`/incidents/${incident}/evidence`, { name: file.name, note });
  for (let offset = 0; offset < file.size; offset += part_bytes_max) {
    on_share(offset / file.size);
    await api.put_bytes(`/evidence-intakes/${intake}?offset=${offset}`, file.slice(offset, offset + part_bytes_max));
  }
  on_share(1);
  return api.post<Evidence>(`/evidence-intakes/${intake}/finish`);
}

export async function download(path: string, body: unknown, name: string): Promise<void> {
  const address = URL.createObjectURL(await api.post_for_file(path, body));
  const link = Object.assign(document.createElement('a'), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
