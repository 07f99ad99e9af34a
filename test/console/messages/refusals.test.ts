import { describe, expect, it } from 'vitest'
import { explainRefusal } from '../../../src/console/messages/refusals.ts'
import type { Refusal, RefusalCode } from '../../../src/event/refusal-code.ts'

/** One of each code. A new code does not compile until it has a row here, and fails until it has a message. */
const EACH: { readonly [Code in RefusalCode]: Omit<Extract<Refusal, { code: Code }>, 'code'> } = {
  source_unknown: {},
  path_unknown: {},
  address_blocked: {},
  network_blocked: { network: '203.0.113.0/24' },
  source_paused: { retryAfterSeconds: 300 },
  delivery_looped: {},
  address_shielded: { retryAfterSeconds: 60 },
  method_not_allowed: { allow: ['POST'] },
  content_type_unsupported: {},
  content_encoding_unsupported: {},
  body_too_large: { limitBytes: 1_048_576 },
  body_malformed: { problem: 'gzip' },
  memory_short: {},
  secret_missing: {},
  header_missing: { header: 'x-signature' },
  proof_missing: { field: 'signature.token' },
  proof_malformed: { field: 'signature' },
  signature_mismatch: { keysAttempted: 2 },
  credentials_wrong: {},
  token_invalid: { problem: 'expired' },
  certificate_refused: { problem: 'revoked' },
  topic_foreign: {},
  algorithm_unsupported: { algorithm: 'none' },
  proof_unavailable: { dependency: 'jwks' },
  timestamp_outside_window: { ageSeconds: 400, windowSeconds: 300 },
  source_ip_refused: { alerts: ['source_ip_not_listed'] },
  checks_failed: { failed: ['source_ip'], tolerated: 0 },
  rate_limited: { limitPerMinute: 60, retryAfterSeconds: 10 },
  copy_in_flight: { retryAfterSeconds: 5 },
  token_reused: {},
  guard_unavailable: {},
  configuration_unavailable: {},
  queue_unavailable: { fault: 'TypeError' },
  confirmation_failed: {},
  setup_incomplete: {},
  fault: {},
}

describe('the message for a refusal', () => {
  it.each(Object.entries(EACH))('%s is specific', (code, detail) => {
    const words = explainRefusal({ code, detail: { ...detail } })
    expect(words).not.toContain('with the code')
    expect(words).not.toMatch(/unknown number|not named|undefined/)
    for (const value of Object.values(detail).flat()) {
      // How long the sender was told to wait is the sender's; what it may use is in the settings.
      if (['retryAfterSeconds', 'allow'].some((name) => Object.hasOwn(detail, name)) && value !== 60) continue
      if (code === 'address_shielded') continue
      expect(words).toContain(String(value))
    }
  })

  it.each([
    [
      'an old signature',
      { ageSeconds: 400, windowSeconds: 300 },
      '400 seconds ago (the window is 300 seconds)',
    ],
    [
      'a very old signature',
      { ageSeconds: 777_600, windowSeconds: 129_600 },
      'Signed 9 days ago (the window is 36 h)',
    ],
    ['a signature from the future', { ageSeconds: -400, windowSeconds: 300 }, '400 seconds in the future'],
  ])('says what is wrong with %s', (_what, detail, expected) => {
    expect(explainRefusal({ code: 'timestamp_outside_window', detail })).toContain(expected)
  })

  it.each(['later_invention', 'constructor', '__proto__'])('contains an unknown code: %s', (code) => {
    expect(explainRefusal({ code, detail: {} })).toBe(`Refused with the code ${code}.`)
  })

  it('accepts a detail of another form', () => {
    expect(explainRefusal({ code: 'signature_mismatch', detail: { keysAttempted: 'two' } })).toContain(
      'an unknown number of',
    )
  })
})
