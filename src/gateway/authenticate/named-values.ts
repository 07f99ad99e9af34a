/** Custom headers or query parameters that must all be present with their values. */
import { sameSecret } from '../../platform/same-secret.ts'
import { isSecretText } from '../../platform/weak-secret.ts'
import type { NamedValuesCredentials } from '../../providers/shared/presented-credentials.ts'
import { pass, refuse } from '../outcome.ts'
import { MAX_KEYS, MAX_PRESENTED_LENGTH } from './limits.ts'
import type { Scheme } from './scheme.ts'

export const namedValues: Scheme<NamedValuesCredentials> = {
  name: 'named-values',
  byHead: true,
  async verify({ slots, presented }, context) {
    const sets = context
      .secrets(slots)
      .filter((secret) => secret.kind === 'named-values')
      .map(({ values }) => Object.entries(values))
      .filter((entries) => entries.length > 0 && entries.every(([, value]) => isSecretText(value)))
      .slice(0, MAX_KEYS)
    if (sets.length === 0) return refuse({ code: 'secret_missing' })

    const names = [...new Set(sets.flat().map(([name]) => name))]
    const found = new Map(names.map((name) => [name, valueOf(presented, name)]))
    const [firstName = ''] = names
    if ([...found.values()].every((value) => value === undefined))
      return refuse({ code: 'proof_missing', field: firstName })

    const matches = await Promise.all(sets.map((set) => holds(set, found)))
    return matches.includes(true) ? pass(undefined) : refuse({ code: 'credentials_wrong' })
  },
}

/** Whether each value of the set was presented; all are compared, whatever the first one says. */
async function holds(
  set: readonly (readonly [string, string])[],
  found: ReadonlyMap<string, string | undefined>,
): Promise<boolean> {
  const same = await Promise.all(set.map(([name, value]) => sameSecret(found.get(name) ?? '', value)))
  return same.every(Boolean)
}

/** `Headers.get` throws for a name that no header can have: such a value was not presented. */
function valueOf(presented: NamedValuesCredentials['presented'], name: string): string | undefined {
  try {
    const value = presented(name)
    return value === null || value.length > MAX_PRESENTED_LENGTH ? undefined : value
  } catch {
    return undefined
  }
}
