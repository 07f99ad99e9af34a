/** The calls of the object that keeps incidents. Types only. */
import type { TestedChannel } from '../../api/channels.ts'
import type { Forgotten } from '../../platform/forgotten.ts'
import type { KeyState } from '../../platform/key-state.ts'
import type { Who } from '../../registry/audit/entry.ts'
import type { ContainResult, Containment } from '../../registry/containment/containment.ts'
import type { WebhookNote } from '../webhook-note.ts'
import type { CurrentFinding } from '../operations/finding.ts'
import type { Severity } from '../severity.ts'
import type { ContainRequest, Incident, IncidentState } from './incident.ts'

export interface IncidentQuery {
  readonly states: readonly IncidentState[] | null
  /** Only incidents of these sources, and of those no more than is about them; null for all, and those of the whole installation. */
  readonly sources: readonly string[] | null
  /** Only incidents that are also about this source; null for any. */
  readonly source: string | null
  readonly kind: string | null
  /** This severity and more. */
  readonly severity: Severity | null
  readonly sinceMs: number | null
  readonly limit: number
  /** Incidents before this number; null for the newest. */
  readonly before: number | null
}

export type ActOnIncident =
  | { readonly act: 'acknowledge'; readonly assignee: string | null }
  | { readonly act: 'assign'; readonly assignee: string | null }
  | { readonly act: 'note'; readonly text: string }
  | { readonly act: 'resolve'; readonly note: string | null }
  | { readonly act: 'review'; readonly cause: string; readonly lessons: string }

export type ActResult =
  | { readonly ok: true; readonly incident: Incident }
  | { readonly ok: false; readonly code: 'incident_unknown' | 'incident_state' | 'incident_partial' }

/** How far the watch is. */
export interface WatchStatus {
  /** The last minute that was watched (Unix minutes); null before the first. */
  readonly minute: number | null
  readonly minutesBehind: number
  /** Events that were removed from the store before the watch read them. */
  readonly missed: number
  readonly openIncidents: number
  /** Why the next minute cannot be watched: the class of the fault; null if it can. */
  readonly failing: { readonly fault: string; readonly sinceMs: number } | null
  /** Why the store takes nothing, or does not answer; null if it works. */
  readonly store: { readonly fault: string; readonly sinceMs: number } | null
  /** The latest minutes that were left out, because the watch had stood still for hours; null if there were none. */
  readonly skipped: { readonly fromMinute: number; readonly untilMinute: number } | null
}

/** How a channel stands. */
export interface ChannelStatus {
  readonly name: string
  /** Tries in a row that failed. */
  readonly failures: number
  readonly failingSinceMs: number | null
  readonly lastSuccessMs: number | null
  readonly lastError: { readonly error: string; readonly status: number | null; readonly atMs: number } | null
  /** The channel gets nothing more until somebody changes it. */
  readonly isBroken: boolean
}

export interface IncidentsDump {
  /** For `restore`. */
  readonly json: string
  readonly count: number
}

export interface IncidentsApi {
  /**
   * Makes sure that the watch runs each minute.
   *
   * @param storeFault why the store took nothing of the caller, or null if it took something
   */
  wake(storeFault?: string | null): Promise<void>
  /** Notes that a job of the night begins (`NotFinished`) or failed, by the name of its fault, or has ended (null). */
  noteJob(job: string, fault: string | null): Promise<void>
  /** Notes how the webhook of a source stands at its ESP; null if all is well. */
  noteWebhook(source: string, note: WebhookNote | null): Promise<void>
  /** Notes why the nightly sync of suppressions of a source has stopped, in words; null if one ran to its end. */
  noteSync(source: string, says: string | null): Promise<void>
  status(): Promise<WatchStatus>
  /**
   * Findings of this moment, the most severe first.
   *
   * @param sources as in a query
   */
  findings(sources: readonly string[] | null): Promise<CurrentFinding[]>
  /** The master keys of the Worker that this object belongs to, for the health check. */
  keyState(): Promise<KeyState>
  /** Newest first. */
  list(query: IncidentQuery): Promise<Incident[]>
  /** @param sources as in a query */
  incident(number: number, sources: readonly string[] | null): Promise<Incident | null>
  /**
   * Does what a person asks for. Whoever sees only some sources of an incident may add notes: all else is about the others, too.
   *
   * @param sources as in a query
   */
  act(number: number, act: ActOnIncident, who: Who, sources: readonly string[] | null): Promise<ActResult>
  /**
   * Contains a source, if that can hurt nobody who was verified in the last day.
   *
   * @param incident the incident that it is for; null for none
   */
  contain(source: string, request: ContainRequest, incident: number | null, who: Who): Promise<ContainResult>
  /** Ends a containment before its time. Null if there is none of this id. */
  lift(id: string, who: Who): Promise<Containment | null>
  channelStatus(): Promise<ChannelStatus[]>
  /** Sends a test notice, firing and resolved, at once. Null if the channel does not exist. */
  testChannel(name: string): Promise<TestedChannel | null>
  /** Channels were changed: they are read again. */
  channelsChanged(): Promise<void>
  /** Removes incidents that were over before a time. @param plan only counts them */
  forget(beforeMs: number, plan: boolean): Promise<Forgotten>
  /**
   * Takes a person's address out of what people wrote.
   *
   * @param person blind index, 32 hex digits
   * @param plan only counts
   * @returns number of incidents that named the person
   */
  forgetPerson(person: string, plan: boolean): Promise<number>
  /** The incidents, for the backup. */
  dump(): Promise<IncidentsDump>
  /** Brings back those that are not here, and sends nothing about them. @returns how many; null if another version made the JSON */
  restore(json: string): Promise<number | null>
}
