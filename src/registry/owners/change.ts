/** How a change of an owner is decided and written. Types only. */
import type { SecretChanged } from '../rotation/contract.ts'
import type { PendingNotification } from '../sources/source-tables.ts'
import type { NotChanged } from '../sources/source.ts'
import type { Stored } from './owner.ts'
import type { OwnerTables } from './owner-tables.ts'
import type { Plan, PlanContext, Unchanged } from './plan.ts'

export type Decided<Config> = Plan<Config> | Unchanged | NotChanged
export type DecideOn<Config, Context = PlanContext<Config>> = (
  before: Stored<Config> | undefined,
  context: Context,
) => Decided<Config> | Promise<Decided<Config>>
/** The next state; null when it is removed. */
export type Next<Config> =
  | (Pick<Stored<Config>, 'config' | 'secrets'> & Partial<Pick<Stored<Config>, 'createdAtMs'>>)
  | null

/** Written or removed owner, and the guards to notify. */
export interface Written<Config> {
  readonly owner: Stored<Config>
  /** Null for a destination or a channel: no gateway caches it. */
  readonly notification: PendingNotification | null
}

/** Sources, destinations or channels, as a change handles them. */
export interface Owners<Config, Context = PlanContext<Config>> {
  /** Context of a plan besides the owner. */
  readonly contextOf: (nowMs: number) => Context
  readonly tables: OwnerTables<Config>
  /** Sets the alarm if there will be a notification: the object may crash right after the write. */
  readonly beforeWrite: () => Promise<void>
  readonly write: (
    name: string,
    before: Stored<Config> | undefined,
    next: Next<Config>,
    nowMs: number,
  ) => Written<Config>
}

export type OwnerChanged<Config> = { readonly ok: true; readonly created: boolean } & Written<Config> &
  SecretChanged
