/** Facts that other parts of Postern report about themselves for a minute. Times are Unix minutes. */
import type { StoredService } from '../../addresses/settings.ts'
import type { DeliveryStatus } from '../../destinations/api.ts'
import type { DisabledReason } from '../../destinations/pace/health.ts'
import type { QueueName } from '../../platform/queues.ts'
import type { SourceView } from '../../registry/sources/source.ts'
import type { RetryGroup } from '../../store/retrying.ts'
import type { Wave } from '../../store/policy/waves.ts'
import type { Growth } from '../../store/size.ts'
import type { WebhookFact } from '../webhook-note.ts'
import type { WatchStatus } from '../incidents/api.ts'

export interface OperationFacts {
  /** Parts that did not do what was asked of them. What they know is not among these facts. */
  readonly down: readonly DownPart[]
  readonly secrets: readonly SecretFact[]
  readonly queues: readonly QueueFact[]
  /** Deliveries that were given up, by destination, and dead letters of the queues under {@link OF_QUEUES}, that nobody has redriven or discarded. */
  readonly deadLetters: Readonly<Record<string, number>>
  readonly destinations: readonly DestinationFact[]
  readonly guards: readonly GuardFact[]
  /** Channels that fail. Absent where nothing sends to channels. */
  readonly channels?: readonly ChannelFact[]
  readonly readers: readonly ReaderFact[]
  /** Hours of sudden waves of `no_mailbox`, of this hour and the one before. Absent where the store does not answer. */
  readonly waves?: readonly Wave[]
  /** Of the store. Absent in a minute in which it was not asked, or does not answer. */
  readonly growth?: Growth
  /** Absent as {@link growth}, and without an archive. */
  readonly archive?: ArchiveFact
  /** When the last nightly run began, or was waited for. Absent where nothing runs at night. */
  readonly nightMinute?: number
  /** Absent in a minute in which it was not asked for. */
  readonly drill?: DrillFact
  /** Webhooks at ESPs that are not as they should be. */
  readonly webhooks?: readonly WebhookFact[]
}

/** Fewer refusals in a row may be a stranger's. */
export const REFUSED_IN_A_ROW_MIN = 3

/** More facts, for findings that are no incidents. They are asked for when somebody looks, and not each minute. */
export interface NotedFacts {
  readonly sources: readonly SourceFact[]
  readonly statuses: readonly DestinationStatus[]
  readonly retrying: readonly RetryGroup[]
  readonly quarantined: number
  /** The service that verifies addresses; null if the store does not answer. */
  readonly addressService: Pick<StoredService, 'settings' | 'failure' | 'failedAtMs'> | null
  readonly watch: WatchStatus
}

export interface SourceFact {
  readonly view: SourceView
  /** When its last event came; null if none did. To the end of its hour, unless that has to be known exactly. */
  readonly lastMs: number | null
  /** Refusals after {@link lastMs}, of the last day: how many, and the most frequent code. */
  readonly refused: { readonly count: number; readonly code: string }
}

export interface DestinationStatus {
  readonly name: string
  readonly status: DeliveryStatus
}

export interface DownPart {
  /** For people: `the store`, `destination crm`. */
  readonly part: string
  /** Class name of the error, or `DatabaseFull`. */
  readonly fault: string
  /** The first and the last minute in which it failed, with none between in which it did not. */
  readonly sinceMinute: number
  readonly lastMinute: number
}

export interface SecretFact {
  readonly source: string
  readonly slot: string
  /** When the secret must have been replaced. */
  readonly dueMinute: number
}

/** Messages that wait in a queue, and since when the oldest does. */
export interface QueueFact {
  readonly queue: QueueName
  readonly messages: number
  readonly oldestMinute: number | null
}

export interface DestinationFact {
  readonly name: string
  readonly state: 'working' | 'failing' | 'disabled'
  /** Why it is disabled; null if it is not. */
  readonly reason: DisabledReason | null
  /** Since when it is in that state. */
  readonly sinceMinute: number
}

/** Fallback for a guard that does not answer. */
export type GuardFallback = 'another store' | 'none'

/** A source whose guard another store, or no store, stands in for. */
export interface GuardFact {
  readonly source: string
  readonly fallback: GuardFallback
  readonly sinceMinute: number
}

export interface ChannelFact {
  readonly name: string
  /** Of its kind: `Slack`. */
  readonly label: string
  /** Tries in a row. */
  readonly failures: number
  /** The channel gets nothing more until somebody changes it. */
  readonly isBroken: boolean
  readonly sinceMinute: number
  /** The last one: one sentence, without anything that the channel wrote. */
  readonly error: string
}

export interface ReaderFact {
  readonly name: string
  readonly eventsBehind: number
  /** When the oldest event that it has not read was stored. */
  readonly oldestMinute: number | null
}

export interface ArchiveFact {
  readonly eventsBehind: number
  /** When the oldest event that is in no file was stored. */
  readonly oldestMinute: number | null
}

export interface DrillFact {
  /** The last restore drill that passed; null if there was none. */
  readonly restoredMinute: number | null
  /** From when on the next one is due. */
  readonly dueMinute: number
}

/** No destination can have this name. */
export const OF_QUEUES = 'the queues'

/** Parts that are buckets begin with it: `the bucket of large deliveries`. */
export const BUCKETS = 'the bucket of '

/** Parts that are jobs of the night begin with it: `the job back_up`. */
export const JOBS = 'the job '

/** Syncs of suppressions of the night, by their source. Their fault is in words. */
export const SYNCS = `${JOBS}suppression sync of `

/** Fault of a job that runs, or that the platform has ended in the middle. */
export const NOT_FINISHED = 'NotFinished'

/** The part without which nothing that is accepted can be stored. */
export const STORE_PART = 'the store'
