/**
 * Set-up of a source whose ESP makes a first call: a person opens it, and it ends by itself, or with the first verified delivery. If it
 * is opened again after that, for another webhook, it ends by itself alone: deliveries of the first webhook come all the time.
 */

/** The longest time for which it stays open. */
export const SETUP_MAX_SECONDS = 3_600

/** The set-up as a gateway uses it. It ends by the gateway's clock, without a message. */
export interface SetupWindow {
  /** Identifies the opening: calls are counted for each. */
  readonly openedAtMs: number
  /** 0 if it is not open. */
  readonly endsAtMs: number
  /** Whether a delivery was verified before it was opened. */
  readonly again?: boolean
}

/** The set-up as the registry and operators see it. */
export interface SetupView {
  readonly openedAtMs: number | null
  /** Null if nobody has opened it, or it was closed before its time. */
  readonly endsAtMs: number | null
  /** When the first delivery was verified. */
  readonly verifiedAtMs: number | null
}

export const isSetupOpen = ({ endsAtMs }: SetupView, nowMs: number): boolean =>
  endsAtMs !== null && nowMs < endsAtMs
