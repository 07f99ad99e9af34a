/** Parts that the object of incidents owns, and what it gives them. Types only. */
import type { Containment } from '../../registry/containment/containment.ts'
import type { OperationFacts } from '../operations/facts.ts'
import type { ChannelStatus, ChannelTest } from './api.ts'
import type { Incident, TimelineKind } from './incident.ts'
import type { Possible, StoredIncident } from './stored.ts'

/** The incidents, for parts that act on them. Calls are synchronous; each is stored before it returns. */
export interface IncidentRecords {
  /** Incidents that are neither resolved nor reviewed, and those that ended within the last day; oldest first. */
  recent(): readonly Incident[]
  incident(number: number): Incident | null
  /** For whoever sees these sources alone; null if it is about none of them. */
  partOf(number: number, sources: readonly string[]): Incident | null
  /** As it is stored. */
  stored(number: number): StoredIncident | undefined
  /** Adds a line to the timeline. An unknown number is ignored. @param source that it is about; null for none */
  note(number: number, kind: TimelineKind, text: string, source: string | null): void
  /** Notes which containments would be done, so that nothing else is advised. */
  checked(number: number, possible: Possible): void
  /** Adds a containment, or replaces the one of its id. The incident is contained as long as one lasts. */
  contained(number: number, containment: Containment, text: string): void
}

/** Tells people. */
export interface ChannelDelivery {
  /**
   * Sends what is due.
   *
   * @returns milliseconds until something is due again; null if only a change of an incident brings more
   */
  deliver(records: IncidentRecords, nowMs: number): Promise<number | null>
  status(): Promise<ChannelStatus[]>
  test(name: string): Promise<ChannelTest | null>
  changed(): Promise<void>
  /** Channels that fail: the watch makes an incident of each. */
  failing(): NonNullable<OperationFacts['channels']>
}
