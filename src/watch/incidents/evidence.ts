/** Evidence of an incident, as far as events and refusals show it. It is read when somebody asks, and its lists are never sent to channels. */

export interface Counted {
  readonly name: string
  readonly count: number
}

export interface Sample {
  readonly eventId: string
  readonly type: string
  readonly receivedMs: number
  /** The delivery that brought it. */
  readonly requestId: string
}

export interface IncidentEvidence {
  /** Events that were looked at: the latest ones. */
  readonly events: number
  /** Each with the most first. Networks are those of events, or of refusals where the incident is about these. */
  readonly networks: readonly Counted[]
  /** The ESP's own types. */
  readonly types: readonly Counted[]
  readonly campaigns: readonly Counted[]
  /** Domains with many different people, counted by person; a domain with few would name them. */
  readonly domains: readonly Counted[]
  readonly samples: readonly Sample[]
}

/** Its lists, in the order in which people read them. */
export const EVIDENCE_LISTS = [
  ['networks', 'Networks'],
  ['types', 'Native types'],
  ['campaigns', 'Campaigns'],
  ['domains', 'Domains of recipients, by people'],
] as const satisfies readonly (readonly [keyof IncidentEvidence, string])[]
