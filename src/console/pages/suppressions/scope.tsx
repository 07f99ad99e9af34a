/** The field of a form that names a scope. It may be empty. */
import type { FC } from 'hono/jsx'
import { TextField } from '../form.tsx'

export const ScopeField: FC<{ label: string }> = ({ label }) => (
  <TextField
    name="scope"
    label={label}
    hint="As events have it in scope: list:news, group:12. Empty: all mail."
  />
)
