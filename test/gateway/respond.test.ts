import { describe, expect, it } from 'vitest'
import type { Refusal } from '../../src/event/refusal-code.ts'
import { respondToReceipt, respondToRefusal, statusOf } from '../../src/gateway/respond.ts'
import type { Provider } from '../../src/providers/shared/provider.ts'

const withStatuses = (statuses: Provider['statuses']) => ({ statuses }) as Provider

describe('refusals on the wire', () => {
  it('are the same for every failed proof, so the sender does not learn which step failed', async () => {
    const failures: Refusal[] = [
      { code: 'signature_mismatch', keysAttempted: 2 },
      { code: 'header_missing', header: 'x-signature' },
      { code: 'timestamp_outside_window', ageSeconds: 400, windowSeconds: 300 },
      { code: 'secret_missing' },
      { code: 'token_invalid', problem: 'expired' },
    ]
    const bodies = await Promise.all(
      failures.map((failure) => respondToRefusal(failure, undefined, 'req_1').text()),
    )
    expect(new Set(bodies).size).toBe(1)
  })

  it('are problem details with the request id (RFC 9457)', async () => {
    const response = respondToRefusal({ code: 'body_too_large', limitBytes: 10 }, undefined, 'req_1')
    expect(response.status).toBe(413)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(response.headers.get('x-request-id')).toBe('req_1')
    expect(await response.json()).toEqual({
      type: 'about:blank',
      title: 'The body is too large.',
      status: 413,
      request_id: 'req_1',
    })
  })

  it.each([
    [{ code: 'method_not_allowed', allow: ['POST', 'HEAD'] }, 'allow', 'POST, HEAD'],
    [{ code: 'rate_limited', limitPerMinute: 60, retryAfterSeconds: 17 }, 'retry-after', '17'],
    [{ code: 'copy_in_flight', retryAfterSeconds: 5 }, 'retry-after', '5'],
    [{ code: 'queue_unavailable', fault: 'Error' }, 'retry-after', '10'],
  ] as const)('carry the header that goes with %o', (refusal, header, value) => {
    expect(respondToRefusal(refusal as Refusal, undefined, 'req_1').headers.get(header)).toBe(value)
  })

  it.each([
    ['token_reused', { permanent: 406 }, 406],
    ['signature_mismatch', { permanent: 406 }, 401],
    ['checks_failed', {}, 403],
    ['checks_failed', { permanent: 406, unverified: 429 }, 429],
    ['queue_unavailable', { passing: 429 }, 429],
    ['rate_limited', { rateLimited: 503 }, 503],
    ['source_unknown', { permanent: 406, unverified: 403 }, 404],
    ['guard_unavailable', {}, 503],
  ] as const)('of code %s under %o have status %i', (code, statuses, status) => {
    expect(statusOf(code, withStatuses(statuses))).toBe(status)
  })
})

describe('receipts on the wire', () => {
  it('are exactly 200, since several ESPs treat 202 and 204 as failures', async () => {
    const response = respondToReceipt({ accepted: 2, duplicates: 0, quarantined: 1, dropped: 3 }, 'req_1')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toEqual({
      request_id: 'req_1',
      accepted: 2,
      duplicates: 0,
      quarantined: 1,
      dropped: 3,
    })
  })

  it('do not share their headers', () => {
    const one = respondToReceipt({ accepted: 1, duplicates: 0, quarantined: 0, dropped: 0 }, 'req_1')
    one.headers.set('x-of-this-one', '1')
    const other = respondToReceipt({ accepted: 1, duplicates: 0, quarantined: 0, dropped: 0 }, 'req_2')
    expect([...other.headers]).toEqual([
      ['content-type', 'application/json'],
      ['x-request-id', 'req_2'],
    ])
  })
})
