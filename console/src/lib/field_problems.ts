// What the server says about single fields of a form: of the shape of a body as a list ("errors"), of its meaning as a
// sentence that begins with the field's path ("tiers[0].layers[1].zone: …").
import { Problem } from './api';

export interface FieldProblem { field: string; detail: string }
const kPath = /^([a-z_]+(?:\[\d+\])?(?:\.[a-z_]+(?:\[\d+\])?)*): (.+)$/s;

export function field_problems(error: unknown): FieldProblem[] {
  if (!(error instanceof Problem) || error.status !== 422) return [];
  if (error.fields.length > 0) return error.fields;
  const found = kPath.exec(error.detail);
  return found ? [{ field: found[1]!, detail: found[2]! }] : [];
}
// The message for the field at a path: what is said of itself or of anything in it.
export function problem_at(problems: FieldProblem[], path: string): string | undefined {
  return problems.find((one) => one.field === path || one.field.startsWith(`${path}.`) || one.field.startsWith(`${path}[`))?.detail;
}
