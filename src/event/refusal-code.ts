/**
 * Every way in which the gateway can refuse a delivery, with the numbers that explain it to the operator. Grouped by the stage
 * that refuses.
 *
 * To add a code, add it here. The compiler then lists each table that needs a row: the status (`gateway/respond.ts`), the
 * sentence and the steps (`console/messages/`), the command line (`src/cli`) and the checks (`gateway/check`).
 */
export type Refusal = AcceptRefusal | AuthenticateRefusal | CheckRefusal | GuardRefusal | OwnRefusal

export type RefusalCode = Refusal['code']

export type AcceptRefusal =
  | { readonly code: 'source_unknown' }
  | { readonly code: 'path_unknown' }
  | { readonly code: 'address_blocked' }
  /** An operator or the source's policy blocks the network for a time. */
  | { readonly code: 'network_blocked'; readonly network: string }
  | { readonly code: 'source_paused'; readonly retryAfterSeconds: number }
  | { readonly code: 'delivery_looped' }
  | { readonly code: 'address_shielded'; readonly retryAfterSeconds: number }
  | { readonly code: 'method_not_allowed'; readonly allow: readonly string[] }
  | { readonly code: 'content_type_unsupported' }
  | { readonly code: 'content_encoding_unsupported' }
  | { readonly code: 'body_too_large'; readonly limitBytes: number }
  | { readonly code: 'body_malformed'; readonly problem: 'gzip' | 'unreadable' | 'interrupted' }
  | { readonly code: 'memory_short' }

export type AuthenticateRefusal =
  | { readonly code: 'secret_missing' }
  | { readonly code: 'header_missing'; readonly header: string }
  | { readonly code: 'proof_missing'; readonly field: string }
  | { readonly code: 'proof_malformed'; readonly field: string }
  | { readonly code: 'signature_mismatch'; readonly keysAttempted: number }
  | { readonly code: 'credentials_wrong' }
  | { readonly code: 'token_invalid'; readonly problem: string }
  | { readonly code: 'certificate_refused'; readonly problem: string }
  | { readonly code: 'topic_foreign' }
  | { readonly code: 'algorithm_unsupported'; readonly algorithm: string }
  | { readonly code: 'proof_unavailable'; readonly dependency: string }

/** The signature is older than the window. The guard refuses with it, too: a single-use token that it may have forgotten. */
interface OutsideWindow {
  readonly code: 'timestamp_outside_window'
  readonly ageSeconds: number
  readonly windowSeconds: number
}

export type CheckRefusal =
  | OutsideWindow
  | { readonly code: 'checks_failed'; readonly failed: readonly string[]; readonly tolerated: number }
  | { readonly code: 'source_ip_refused'; readonly alerts: readonly string[] }

export type GuardRefusal =
  | OutsideWindow
  | { readonly code: 'rate_limited'; readonly limitPerMinute: number; readonly retryAfterSeconds: number }
  | { readonly code: 'copy_in_flight'; readonly retryAfterSeconds: number }
  | { readonly code: 'token_reused' }
  | { readonly code: 'guard_unavailable' }

/** Postern itself failed, or something that it depends on. */
export type OwnRefusal =
  | { readonly code: 'setup_incomplete' }
  | { readonly code: 'fault' }
  | { readonly code: 'configuration_unavailable' }
  | { readonly code: 'queue_unavailable'; readonly fault: string }
  | { readonly code: 'confirmation_failed' }
