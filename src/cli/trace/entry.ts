/** One thing that happened to a delivery, as the API or a line of a log tells it. */
export interface Entry {
  readonly atMs: number
  readonly from: 'api' | 'log'
  readonly what: string
  /** Without the ids that are asked for. */
  readonly facts: Readonly<Record<string, unknown>>
}

/** Ids of one delivery. A set that is empty is not known. */
export interface TraceIds {
  readonly requests: ReadonlySet<string>
  readonly events: ReadonlySet<string>
}
