import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answersOf, answersText, askedOf, askedText } from '../../../src/gateway/guard/asking.ts'
import type { AdmitAnswer, AdmitRequest } from '../../../src/gateway/guard/contract.ts'

const digest = fc.stringMatching(/^[0-9a-f]{32}$/)
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER })

const request: fc.Arbitrary<AdmitRequest> = fc.record({
  nowMs: count,
  fingerprint: digest,
  body: fc.oneof(digest, fc.constant('')),
  limitPerMinute: count,
  memorySeconds: count,
  signedAtSeconds: count,
})
const rider = fc.record({ fingerprint: digest, lease: count })

const answer: fc.Arbitrary<AdmitAnswer> = fc.oneof(
  fc.record({ sourceVersion: count, verdict: fc.constant('admitted' as const), lease: count }),
  fc.record({
    sourceVersion: count,
    verdict: fc.constantFrom('duplicate' as const, 'token_reused' as const),
  }),
  fc.record({ sourceVersion: count, verdict: fc.constant('too_old' as const), windowSeconds: count }),
  fc.record({
    sourceVersion: count,
    verdict: fc.constantFrom('in_flight' as const, 'rate_limited' as const),
    retryAfterSeconds: count,
  }),
)

describe('a call to a guard', () => {
  it('brings the questions and the riders that went into it', () => {
    fc.assert(
      fc.property(fc.array(request), fc.array(rider), (requests, riders) => {
        expect(askedOf(askedText({ requests, riders }))).toEqual({ requests, riders })
      }),
    )
  })

  it('brings back every answer as it was given', () => {
    fc.assert(
      fc.property(fc.array(answer), (answers) => {
        expect(answersOf(answersText(answers))).toEqual(answers)
      }),
    )
  })
})
