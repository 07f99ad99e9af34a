/** What one request to the console may reach beyond its arguments. */
import type { Envelope } from '../event/envelope.ts'
import type { PutLarge } from '../event/pack.ts'
import type { Log } from '../platform/log.ts'
import type { Sealer } from '../platform/seal.ts'
import type { Who } from '../registry/audit/entry.ts'
import type { Actor } from './access/actor.ts'
import type { AccessRoles } from './access/people.ts'
import type { ResealableStore } from '../store/reseal.ts'
import type { Store } from '../store/store.ts'
import type { IdempotencyKeys } from './idempotency-keys.ts'
import type { ConsoleRegistry, ConsoleWatch } from './env.ts'

export interface RequestContext {
  readonly registry: ConsoleRegistry
  readonly watch: ConsoleWatch
  readonly store: Store
  /** Hash of the Worker's `ADMIN_TOKEN`. */
  readonly adminHash: () => Promise<string>
  /** Roles of people of Cloudflare Access. */
  readonly accessRoles: AccessRoles
  /** Puts an envelope into the queue as the gateway does. @throws when the queue does not take it */
  readonly enqueue: (envelope: Envelope) => Promise<void>
  readonly putLarge: PutLarge
  /** Seals what goes into the queue. */
  readonly queueSealer: Sealer
  /** What rests in the store, to be sealed anew under a newer master key. */
  readonly resealable: ResealableStore
  /** For requests that must be done once. */
  readonly idempotency: IdempotencyKeys
  /** This console's own address without a slash at the end; empty where nobody called. */
  readonly consoleUrl: string
  /** The gateway's public address without a slash at the end; empty when it is not known. */
  readonly gatewayUrl: string
  /** Backups and the audit log's archive. */
  readonly backups: R2Bucket
  /** For the health of the deployment. */
  readonly inspected: Inspected
  readonly log: Log
  readonly nowMs: number
  /** Who asks, what they may do, and which sources there are for them. */
  readonly actor: Actor
  /** Who asks, for the audit log. */
  readonly who: Who
  /** Notes a fault that is survived: the name of what is missing, and of the fault's class. */
  readonly missing: (what: string, cause: unknown) => void
}

/** What is only looked at. */
interface Inspected {
  readonly queue: Pick<Queue<Envelope>, 'metrics'>
  readonly large: Pick<R2Bucket, 'head'>
  /** Versions of the master key, newest first. */
  readonly masterVersions: readonly number[]
}

/** What a request stands on before anybody is known: nothing in it is cut to size. */
export type BaseContext = Omit<RequestContext, 'actor' | 'who'>
