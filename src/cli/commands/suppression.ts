/** A suppressed address as the API answers it. */
export interface Suppression {
  readonly recipient: string
  readonly reasons: readonly {
    readonly reason: string
    readonly since: string
    readonly source: string | null
    readonly evidence: string | null
    readonly note: string | null
  }[]
}
