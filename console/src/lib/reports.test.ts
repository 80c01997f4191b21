import { describe, expect, it } from 'vitest';
import { fitting_forms, is_open_report, typed_changes, type ReportDetail, type ReportForm } from './reports';

const field = (id: string, typed: string | null) => ({ id, label: id, value: typed ?? 'fact', source: '', typed, required: false, missing: false, changed: false, citation: '' });
const report = (state: string) => ({ state, sections: [{ name: 's', fields: [field('a', 'x'), field('b', null)] }] }) as unknown as ReportDetail;

describe('reports', () => {
  it('sends only what was typed differently', () => {
    expect(typed_changes(report('draft'), { a: 'x', b: '' })).toEqual({});
    expect(typed_changes(report('draft'), { a: '', b: 'y' })).toEqual({ a: '', b: 'y' });
    expect(typed_changes(report('draft'), {})).toEqual({});
  });
  it('offers the forms of the rules that apply, then those for any incident', () => {
    const form = (id: string, regime: string | null) => ({ id, regime }) as ReportForm;
    const forms = [form('internal', null), form('nis', 'eu_nis2'), form('vn', 'vn_2017_05')];
    expect(fitting_forms(forms, ['vn_2017_05']).map((f) => f.id)).toEqual(['vn', 'internal']);
    expect(fitting_forms(forms, []).map((f) => f.id)).toEqual(['internal']);
  });
  it('knows what may still be changed', () => {
    expect(['draft', 'in_review', 'approved', 'sent', 'receipted', 'dropped'].map((s) => is_open_report(report(s)))).toEqual([true, true, true, false, false, false]);
  });
});
