/** The API of an ESP as its public description has it: an account in memory, and the answers to requests about it. */
import type {
  AccountSettings,
  ApiRequest,
  Suppressed,
  SuppressedReason,
} from '../../../src/drivers/driver.ts'
import type { Json } from '../../../src/platform/json.ts'

export interface Fake {
  readonly provider: string
  /** The public description that it follows, with its date. */
  readonly description: string
  /** Where captured answers, or other code that reads answers, differ from the description. Empty: no difference was found. */
  readonly differences: readonly string[]
  readonly key: string
  readonly settings: AccountSettings
  /** All hosts that may be asked, those of other regions as well. */
  readonly hosts: readonly string[]
  /** Scopes that an entry of a reason can have. Absent: for all mail. */
  readonly scopes?: Partial<Record<SuppressedReason, readonly (string | null)[]>>
  /** Suppressions that it gives at most, without further pages. */
  readonly listedMax?: number
  /** An account with nothing in it. */
  readonly open: () => FakeEsp
}

export interface FakeWebhook {
  readonly id: string
  url: string
  enabled: boolean
  types: readonly string[]
  signed: boolean
}

export interface FakeEvent {
  readonly atMs: number
  /** The item as the webhook delivers it. */
  readonly delivered: Json
  /** The item as the API has it; null if the API does not give events of this type. */
  readonly listed: Json | null
}

/** The account. Whoever tests changes its lists, and looks at what requests have changed. */
export interface FakeEsp {
  readonly webhooks: FakeWebhook[]
  /** Oldest first. */
  readonly events: FakeEvent[]
  readonly suppressed: Suppressed[]
  /** Counts and the last error, which the details of a webhook tell. */
  troubled: boolean
  /** An event of the account; the index says which. Kinds take turns. */
  readonly event: (index: number, atMs: number) => FakeEvent
  readonly answer: (request: ApiRequest) => Response
}

export const json = (status: number, body: unknown): Response => Response.json(body, { status })

/** The part of a list that a page has, with the place where the next begins; null after the last. */
export function pageOf<Item>(
  items: readonly Item[],
  from: number,
  size: number,
): { readonly items: readonly Item[]; readonly next: number | null } {
  const end = from + size
  return { items: items.slice(from, end), next: end < items.length ? end : null }
}

/** Adds an entry, or replaces the one of its address and scope. */
export function suppress(list: Suppressed[], entry: Suppressed): void {
  lift(list, entry)
  list.push(entry)
}

/** Removes the entry of an address and scope. Says whether there was one. */
export function lift(list: Suppressed[], { address, scope }: Pick<Suppressed, 'address' | 'scope'>): boolean {
  const at = list.findIndex((one) => one.address === address && one.scope === scope)
  if (at >= 0) list.splice(at, 1)
  return at >= 0
}

/** Whether the ESP refuses to add an address, which it says for each entry inside of an answer of 200. */
export const isRefused = (address: string): boolean => address.startsWith('refused')

/** Fields of a JSON body. */
export const bodyOf = ({ body }: ApiRequest): Record<string, Json> =>
  JSON.parse(body ?? '{}') as Record<string, Json>
