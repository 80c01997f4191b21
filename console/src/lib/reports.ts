// Reports about incidents, as the API gives them.
import type { LegalClock } from './incidents';

export type ReportState = 'draft' | 'in_review' | 'approved' | 'sent' | 'receipted' | 'dropped';
export interface Approval { by: string; at: string; sha256: string }
export interface Report {
  id: string; incident_id: string; reference: string; incident_title: string; form: string; form_name: string; state: ReportState;
  revision: number; clock: LegalClock | null; missing: number; approvals: Approval[]; approvals_needed: number;
  created_at: string; created_by: string; updated_at: string; sent_at: string | null; sent_by: string | null; sent_note: string | null;
  receipted_at: string | null; receipted_by: string | null; receipt: string | null;
}
export interface ReportField {
  id: string; label: string; value: string; source: string; typed: string | null; required: boolean; missing: boolean; changed: boolean; citation: string;
}
export interface ReportDetail extends Report {
  sections: { name: string; fields: ReportField[] }[];
  citation: string; status: 'verified' | 'unverified'; sha256: string | null; authors: string[]; form_known: boolean;
}
export interface ReportForm { id: string; name: string; regime: string | null; step: string | null; status: 'verified' | 'unverified'; citation: string; approvals: number }
export interface Organisation { name: string; address: string; sector: string; contact: string; phone: string; email: string }

// It may still be changed: then it is a draft again.
export const is_open_report = (report: Report) => report.state === 'draft' || report.state === 'in_review' || report.state === 'approved';

export const fields_of = (report: ReportDetail) => report.sections.flatMap((section) => section.fields);

// What was typed differently from what is stored: what a change has to send.
export function typed_changes(report: ReportDetail, values: Record<string, string>): Record<string, string> {
  const out: Record<string, string> = {};
  for (const field of fields_of(report)) {
    const now = values[field.id];
    if (now !== undefined && now !== (field.typed ?? '')) out[field.id] = now;
  }
  return out;
}

// The forms that an incident with these rules can use: those of its rules first, then those for any incident.
export function fitting_forms(forms: ReportForm[], regimes: string[]): ReportForm[] {
  return [...forms.filter((form) => form.regime && regimes.includes(form.regime)), ...forms.filter((form) => !form.regime)];
}
