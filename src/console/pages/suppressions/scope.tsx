/** The field of a form that names a scope. It may be empty. */
import type { FC } from 'hono/jsx'
import * as v from 'valibot'
import { ScopeSchema } from '../../../api/suppressions.ts'
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import { TextField } from '../form.tsx'

export const ScopeField: FC<{ label: string }> = ({ label }) => (
  <TextField
    name="scope"
    label={label}
    hint="As events have it in scope: list:news, group:12. Empty: all mail."
  />
)

export function scopeProblem(typed: string): DocumentProblem | undefined {
  const { issues } = v.safeParse(ScopeSchema, typed)
  return typed === '' || issues === undefined ? undefined : { path: 'scope', problem: issues[0].message }
}
