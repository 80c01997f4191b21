// The Vietnamese texts, and with them the list of keys; one file for each screen.
import { advisories } from './vi/advisories';
import { alert } from './vi/alert';
import { common } from './vi/common';
import { directives } from './vi/directives';
import { escalation } from './vi/escalation';
import { handover } from './vi/handover';
import { health } from './vi/health';
import { hosts } from './vi/hosts';
import { incidents } from './vi/incidents';
import { logs } from './vi/logs';
import { performance } from './vi/performance';
import { periods } from './vi/periods';
import { reports } from './vi/reports';
import { roster } from './vi/roster';
import { settings } from './vi/settings';
import { shift } from './vi/shift';
import { sites } from './vi/sites';
import { tasks } from './vi/tasks';
import { triage } from './vi/triage';
import { units } from './vi/units';
import { words } from './vi/words';

export const vi = { ...common, ...words, ...triage, ...alert, ...sites, ...settings, ...handover, ...health, ...hosts, ...incidents, ...logs, ...reports, ...roster, ...escalation, ...shift, ...performance, ...periods, ...tasks, ...directives, ...advisories, ...units };
