// Mail that was taken in, as the API gives it. Sender and subject are what a message claims.
export interface IntakeMailbox { id: string; kind: 'directives' | 'advisories'; authority: string; read_at: string | null; trouble: string }
export interface TakenMail {
  id: string; mailbox: string; uid: number; sha256: string | null; message_id: string; sender: string; sender_name: string; subject: string;
  spf: string | null; dkim: string | null; dmarc: string | null; received_at: string; taken_at: string; outcome: 'directive' | 'advisory' | 'set_aside';
  reason: 'sender' | 'large' | 'unreadable' | 'no_indicators' | 'refused' | null; object_id: string | null;
}

// What the own mail server says of its origin; empty: nothing.
export const authentication = (one: TakenMail): string =>
  [['SPF', one.spf], ['DKIM', one.dkim], ['DMARC', one.dmarc]].filter(([, said]) => said !== null).map(([what, said]) => `${what} ${said}`).join(', ');
// The page of what it became.
export const page_of_mail = (one: TakenMail): string | undefined =>
  one.object_id === null || one.outcome === 'set_aside' ? undefined : `/${one.outcome === 'directive' ? 'directives' : 'advisories'}/${one.object_id}`;
