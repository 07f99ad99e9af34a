/** Decisions of deliveries, for tests of code that shows them. */
import type { Decision } from '../../src/event/decision.ts'

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
