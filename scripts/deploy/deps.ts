/** Dependencies of all commands of a deployment. */
import type { AccountApi } from './account/api.ts'
import type { Person } from './terminal.ts'
import type { Wrangler } from './wrangler.ts'

export interface Deps {
  readonly api: AccountApi
  readonly wrangler: Wrangler
  readonly person: Person
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly nowMs: () => number
  readonly pause: (ms: number) => Promise<void>
}
