import { alert } from './en/alert';
import { common } from './en/common';
import { escalation } from './en/escalation';
import { health } from './en/health';
import { hosts } from './en/hosts';
import { incidents } from './en/incidents';
import { logs } from './en/logs';
import { performance } from './en/performance';
import { reports } from './en/reports';
import { roster } from './en/roster';
import { settings } from './en/settings';
import { shift } from './en/shift';
import { sites } from './en/sites';
import { tasks } from './en/tasks';
import { triage } from './en/triage';
import { words } from './en/words';
import type { vi } from './vi';

export const en: Record<keyof typeof vi, string> = { ...common, ...words, ...triage, ...alert, ...sites, ...settings, ...health, ...hosts, ...incidents, ...logs, ...reports, ...roster, ...escalation, ...shift, ...performance, ...tasks };
