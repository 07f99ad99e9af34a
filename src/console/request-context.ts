/** The dependencies of one request to the console. */
import type { KeyState } from '../platform/key-state.ts'
import type { Envelope } from '../event/envelope.ts'
import type { PutLarge } from '../event/pack.ts'
import type { Log } from '../platform/log.ts'
import type { MeasuredQueues } from '../platform/queues.ts'
import type { Sealer } from '../platform/seal.ts'
import type { Who } from '../registry/audit/entry.ts'
import type { ArchiveApi } from '../archive/api.ts'
import type { Actor } from './access/actor.ts'
import type { Live } from './live/event-stream.ts'
import type { OpenStreams } from './live/open-streams.ts'
import type { AccessRoles } from './access/people.ts'
import type { ResealableStore } from '../store/reseal.ts'
import type { ErasureGate } from '../store/erasures/gate.ts'
import { CursorMalformed } from '../store/cursor.ts'
import type { Store } from '../store/store.ts'
import type { IdempotencyKeys } from './idempotency-keys.ts'
import type {
  ConsoleDestinations,
  ConsoleEspAccounts,
  ConsoleIncidents,
  ConsoleRegistry,
  ConsoleRefusals,
  ConsoleWatchers,
  Release,
} from './env.ts'

export interface RequestContext {
  readonly registry: ConsoleRegistry
  readonly refusalLog: ConsoleRefusals
  /** Absent where no Worker delivers. */
  readonly destinations: ConsoleDestinations
  readonly espAccounts: ConsoleEspAccounts
  readonly incidents: ConsoleIncidents
  readonly watchers: ConsoleWatchers
  /** The object that writes the archive; undefined where nothing is archived. */
  readonly archiver: ArchiveApi | undefined
  /** While an erasure is not complete, a request completes it before anything is read. A scheduled job calls `erasures.pass`. */
  readonly store: Store
  readonly erasures: Pick<ErasureGate, 'ensure' | 'pass'>
  /** Hash of the Worker's `ADMIN_TOKEN`. */
  readonly adminHash: () => Promise<string>
  /** Roles of people of Cloudflare Access. */
  readonly accessRoles: AccessRoles
  /** Puts an envelope into the queue as the gateway does. @throws when the queue does not take it */
  readonly enqueue: (envelope: Envelope) => Promise<void>
  readonly putLarge: PutLarge
  /** Seals what goes into the queue. */
  readonly queueSealer: Sealer
  /** Opens captured deliveries. */
  readonly captureSealer: Sealer
  /** The store's sealed values, to be resealed under a newer master key. */
  readonly resealable: ResealableStore
  /** Keys for requests with an `Idempotency-Key`. */
  readonly idempotency: IdempotencyKeys
  /** This console's own URL without a slash at the end; empty in a scheduled job. */
  readonly consoleUrl: string
  /** The gateway's public address without a slash at the end; empty when it is not known. */
  readonly gatewayUrl: string
  /** Backups and the audit log's archive. */
  readonly backups: R2Bucket
  /** Files of the archive; undefined without an archive. */
  readonly archive: R2Bucket | undefined
  /** Large deliveries. */
  readonly large: R2Bucket
  /** For the health of the deployment. */
  readonly inspected: Inspected
  /** For streams, which outlive the time at which their request came. */
  readonly live: Live & { readonly streams: OpenStreams }
  readonly log: Log
  readonly nowMs: number
  /** Sender of the request, their role, and the sources that they see. */
  readonly actor: Actor
  /** The actor as the audit log records it. */
  readonly who: Who
  /** Logs a failure that the request survives: the dependency's name and the error's class. */
  readonly reportUnavailable: (dependency: string, cause: unknown) => void
}

/**
 * The answer of a dependency; undefined, with a line in the log, if it fails.
 *
 * @throws {CursorMalformed} since that is a fault of the request
 */
export async function answered<T>(
  { reportUnavailable }: Pick<RequestContext, 'reportUnavailable'>,
  dependency: string,
  ask: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await ask()
  } catch (cause) {
    if (cause instanceof CursorMalformed) throw cause
    reportUnavailable(dependency, cause)
    return undefined
  }
}

/** Bindings that only the health check reads. */
interface Inspected {
  readonly queues: MeasuredQueues
  readonly large: Pick<R2Bucket, 'head'>
  /** Whether there is an archive. */
  readonly archives: boolean
  /** The store's database as it is, also if tables are missing. */
  readonly db: D1Database
  /** Versions of the master key, newest first. */
  readonly masterVersions: readonly number[]
  readonly release: Release | null
  readonly keyState: (db: D1Database) => Promise<KeyState>
}

/** The dependencies before the actor is known, not yet limited to a scope. */
export type BaseContext = Omit<RequestContext, 'actor' | 'who'>
