// The shift: what the person on duty sees first.
import type { shift as vi } from '../vi/shift';

export const shift: Record<keyof typeof vi, string> = {
  'nav.shift': 'Shift',
  'shift.hello': 'Hello {name}',
  'shift.on_duty': 'On duty now and next',
  'shift.no_roster': 'There is no roster yet, so nobody knows who is on duty now.',
  'shift.unanswered': 'Nobody has answered, the soonest next step first',
  'shift.unanswered_n': '{n} {n:alert|alerts} nobody has answered',
  'shift.none': 'No alert waits for the next person to be called.',
  'shift.others': 'and {n} {n:other|others}, of low severity or snoozed: nobody else is called',
  'shift.next_step': 'next call {when}',
  'shift.mine': 'What I have taken',
  'shift.mine_none': 'You have not taken any alert.',
  'shift.expires': 'to be done {when}, or it is new again',
  'shift.more': 'See all',
  'shift.channels': 'Channels',
  'shift.channels_ok': 'Every channel that is on worked the last time it was used.',
  'shift.channels_untested': '{n} {n:channel was|channels were} never tried',
  'shift.blind': 'What Vedette cannot see now',
  'shift.sees_all': 'No blind spot is known.',
  'shift.dropped': 'The queue “{queue}” dropped {n} {n:entry|entries}: overloaded',
  'shift.acknowledge': 'Take it',
  'shift.acknowledge_what': 'Take it: {title}',
  'shift.phone': 'On a phone without JavaScript, open',
  'help.move_list': 'To the next alert, to the one before',
};
