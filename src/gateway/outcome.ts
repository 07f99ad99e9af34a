/** How a delivery's way through the gateway can end. Refusals are values; a fault of ours is an exception. */

/**
 * Every way a delivery can be turned away, with the numbers that explain it to the operator.
 * Add an arm here and the compiler lists what else must change.
 */
export type Refusal =
  // accept
  | { readonly code: 'source_unknown' }
  | { readonly code: 'path_unknown' }
  | { readonly code: 'address_blocked' }
  | { readonly code: 'address_shielded'; readonly retryAfterSeconds: number }
  | { readonly code: 'method_not_allowed'; readonly allow: readonly string[] }
  | { readonly code: 'content_type_unsupported' }
  | { readonly code: 'content_encoding_unsupported' }
  | { readonly code: 'body_too_large'; readonly limitBytes: number }
  | { readonly code: 'body_malformed'; readonly problem: 'gzip' | 'unreadable' | 'interrupted' }
  | { readonly code: 'memory_short' }
  // authenticate
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
  // check
  | { readonly code: 'timestamp_outside_window'; readonly ageSeconds: number; readonly windowSeconds: number }
  | {
      readonly code: 'checks_failed'
      readonly failed: readonly string[]
      readonly passed: number
      readonly required: number
    }
  | { readonly code: 'source_ip_refused'; readonly alerts: readonly string[] }
  // guard
  | { readonly code: 'rate_limited'; readonly limitPerMinute: number; readonly retryAfterSeconds: number }
  | { readonly code: 'copy_in_flight'; readonly retryAfterSeconds: number }
  | { readonly code: 'token_reused' }
  | { readonly code: 'guard_unavailable' }
  // what Postern itself stands on
  | { readonly code: 'setup_incomplete' }
  | { readonly code: 'fault' }
  | { readonly code: 'configuration_unavailable' }
  | { readonly code: 'queue_unavailable'; readonly fault: string }
  | { readonly code: 'confirmation_failed' }

export type RefusalCode = Refusal['code']

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal }

export const pass = <T>(value: T): Outcome<T> => ({ ok: true, value })
export const refuse = (refusal: Refusal): Outcome<never> => ({ ok: false, refusal })
