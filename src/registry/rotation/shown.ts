/** A secret as a person copies it: the texts to enter at the sender, each with its name. */
import type { Secret, ShownValue } from '../sources/source.ts'

/** Of the kinds that Postern makes; others are never shown. */
export function shownValues(secret: Secret): readonly ShownValue[] {
  if (secret.kind === 'text') return [{ name: 'secret', value: secret.text }]
  if (secret.kind === 'standard-webhooks') return [{ name: 'secret', value: `whsec_${secret.key}` }]
  if (secret.kind === 'basic') {
    return [
      { name: 'username', value: secret.username },
      { name: 'password', value: secret.password },
    ]
  }
  if (secret.kind === 'named-values')
    return Object.entries(secret.values).map(([name, value]) => ({ name, value }))
  return []
}
