/** Decisions of deliveries and refusals, for tests of code that counts or shows them. */
import type { Decision } from '../../src/event/decision.ts'
import type { RefusalRecord } from '../../src/refusals/refusal.ts'

/** Of a delivery whose signature was attempted and did not fit. */
export const decision = (security: Partial<Decision['security']> = {}): Decision => ({
  request_id: 'req_000000000000000000000000',
  at: '2026-06-02T10:00:00.000Z',
  authentication: { status: 'refused', attempted: ['signature'], verified: [] },
  security: {
    status: 'not_reached',
    level: 'standard',
    tolerated: 2,
    passed: [],
    failed: [],
    undecided: ['source_ip', 'rate', 'replay', 'payload', 'transport'],
    alerts: [],
    degraded: null,
    ...security,
  },
  processing: { status: 'refused' },
})

/** A delivery whose signature did not fit. */
export const refusal = (change: Partial<RefusalRecord> = {}): RefusalRecord => ({
  requestId: 'req_000000000000000000000000',
  atMs: 1_800_000_000_000,
  source: 'shop',
  provider: 'generic',
  code: 'signature_mismatch',
  status: 401,
  detail: {},
  decision: decision(),
  network: '192.0.2.0/24',
  ...change,
})
