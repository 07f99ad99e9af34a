import { env } from 'cloudflare:workers'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { CHECKS, type Decision, DecisionSchema } from '../../src/event/decision.ts'
import { decisionOf } from '../../src/gateway/build-decision.ts'
import type { GatewayEnv } from '../../src/gateway/env.ts'
import { withAdmission } from '../../src/gateway/check/index.ts'
import { EMPTY_RECORD } from '../../src/gateway/check/record.ts'
import type { GuardRefusal } from '../../src/event/refusal-code.ts'
import { refuse, pass } from '../../src/gateway/outcome.ts'
import { EMPTY_CONTEXT } from '../../src/gateway/delivery-context.ts'
import {
  type TestGateway,
  collectorsFor,
  genericSource,
  guardsBehind,
  newGateway,
} from '../support/gateway.ts'
import { NOW_SECONDS, SECRET, delivered, signGeneric } from '../support/generic.ts'

const API_KEY = 'api-key-of-a-test-0123456789abcdef'
const ADDRESS = '192.0.2.9'

interface Played {
  readonly settings?: Record<string, unknown>
  readonly payload?: unknown
  readonly atSeconds?: number
  readonly secret?: string
  readonly request?: RequestInit
  /** Deliveries of others before this one. */
  readonly before?: number
  readonly bindings?: Partial<GatewayEnv>
  readonly refusingQueue?: boolean
}

/** Decisions in the refusal reports, and the content of the queue. */
async function play(one: Played): Promise<{ heard: Decision[]; gateway: TestGateway }> {
  const heard: Decision[] = []
  const COLLECTORS = collectorsFor(({ latest }) => void heard.push(...latest.map(({ decision }) => decision)))
  const gateway = newGateway({ COLLECTORS, ...one.bindings })
  gateway.queue.refusing = one.refusingQueue ?? false
  const source = await genericSource({ level: 'standard', ...one.settings })
  const send = async (payload: unknown) => {
    const signed = await signGeneric(payload, one.secret ?? SECRET, one.atSeconds ?? NOW_SECONDS)
    const headers = { ...signed.headers, 'cf-connecting-ip': ADDRESS }
    await (await gateway.fetch(`/hooks/${source}`, { ...signed, headers, ...one.request })).text()
  }
  for (let nr = 0; nr < (one.before ?? 0); nr++) await send(delivered(`before-${nr}`))
  await send(one.payload ?? delivered('m-1'))
  await gateway.settled()
  return { heard, gateway }
}

const guardDown = {
  GUARD: guardsBehind(() => {
    throw new Error('object is gone')
  }),
}
const byKey = (body: string): RequestInit => ({
  body,
  headers: { 'content-type': 'application/json', 'x-api-key': API_KEY },
})

interface Expected {
  readonly authentication: Decision['authentication']['status']
  readonly security: Decision['security']['status']
  readonly processing: Decision['processing']['status']
  readonly passed?: readonly string[]
  readonly failed?: readonly string[]
  readonly alerts?: readonly string[]
}

const ELSEWHERE = { allowedIps: ['203.0.113.0/24'] }
const VERIFIED = { authentication: 'verified' } as const

// The gateway reports after a second.
describe.concurrent('the decision of a refused delivery', () => {
  it.each<[string, Played, Expected]>([
    [
      'that is forged',
      { secret: 'another-secret-of-a-test-0123456789' },
      { authentication: 'refused', security: 'not_reached', processing: 'refused' },
    ],
    [
      'with a body that is too large',
      { settings: { maxBodyBytes: 1_024 }, payload: delivered('m'.repeat(2_000)) },
      { authentication: 'not_reached', security: 'not_reached', processing: 'refused' },
    ],
    [
      'that is stale',
      { atSeconds: NOW_SECONDS - 301 },
      {
        ...VERIFIED,
        security: 'refused',
        processing: 'refused',
        passed: ['source_ip', 'transport'],
        failed: ['replay'],
        alerts: ['signature_outside_window'],
      },
    ],
    [
      'from elsewhere at level maximum',
      { settings: { ...ELSEWHERE, level: 'maximum' } },
      {
        ...VERIFIED,
        security: 'refused',
        processing: 'refused',
        passed: ['transport'],
        failed: ['source_ip'],
        alerts: ['source_ip_not_listed'],
      },
    ],
    [
      'over the rate',
      { settings: { ratePerMinute: 1 }, before: 1 },
      {
        ...VERIFIED,
        security: 'refused',
        processing: 'postponed',
        passed: ['source_ip', 'replay', 'transport'],
        failed: ['rate'],
        alerts: ['rate_exceeded'],
      },
    ],
    [
      'while the guard is down',
      { settings: { whenGuardDown: 'refuse' }, bindings: guardDown },
      { ...VERIFIED, security: 'undecided', processing: 'postponed', passed: ['source_ip', 'transport'] },
    ],
    [
      'that the queue does not take',
      { refusingQueue: true },
      { ...VERIFIED, security: 'passed', processing: 'postponed', passed: CHECKS },
    ],
    [
      'that the queue does not take, from elsewhere',
      { settings: ELSEWHERE, refusingQueue: true },
      {
        ...VERIFIED,
        security: 'tolerated',
        processing: 'postponed',
        passed: CHECKS.filter((name) => name !== 'source_ip'),
        failed: ['source_ip'],
        alerts: ['source_ip_not_listed'],
      },
    ],
    [
      'whose body nobody vouches for and nobody can read',
      { settings: { secrets: { api_key: API_KEY } }, request: byKey('event_type') },
      {
        ...VERIFIED,
        security: 'tolerated',
        processing: 'refused',
        passed: CHECKS.filter((name) => name !== 'payload'),
        failed: ['payload'],
        alerts: ['payload_unreadable'],
      },
    ],
  ])('%s', async (_what, played, expected) => {
    const { heard } = await play(played)
    expect(heard).toHaveLength(1)
    const [made] = heard
    expect(v.is(DecisionSchema, made)).toBe(true)
    const { passed = [], failed = [], alerts = [] } = expected
    expect({
      authentication: made?.authentication.status,
      security: made?.security.status,
      processing: made?.processing.status,
      passed: made?.security.passed,
      failed: made?.security.failed,
      alerts: made?.security.alerts,
      undecided: made?.security.undecided,
    }).toEqual({
      ...expected,
      passed,
      failed,
      alerts,
      undecided: CHECKS.filter((name) => !passed.includes(name) && !failed.includes(name)),
    })
  })

  it('names the methods, the level and what it tolerates', async () => {
    const { heard } = await play({
      settings: { secrets: { hmac: SECRET, api_key: API_KEY }, ...ELSEWHERE, level: 'maximum' },
      request: byKey('{}'),
    })
    expect(heard).toMatchObject([
      {
        request_id: expect.stringMatching(/^req_/),
        at: '2027-01-15T08:00:00.000Z',
        authentication: { attempted: ['signature', 'api_key'], verified: ['api_key'] },
        security: { level: 'maximum', tolerated: 0, degraded: null },
      },
    ])
  })

  it('without a source has the status not_reached everywhere', async () => {
    const made = decisionOf(EMPTY_CONTEXT, { requestId: 'req_1', atMs: 0 }, { refused: 'source_unknown' })
    expect(made).toMatchObject({
      authentication: { status: 'not_reached', attempted: [] },
      security: { status: 'not_reached', level: null, tolerated: null, undecided: CHECKS },
      processing: { status: 'refused' },
    })
  })
})

describe('the decision of an accepted delivery', () => {
  it.each<[string, Played, object]>([
    [
      'that passes everything',
      {},
      {
        checks: { passed: CHECKS, failed: [], undecided: [] },
        alerts: [],
        degraded: null,
        level: 'standard',
      },
    ],
    [
      'from elsewhere',
      { settings: { ...ELSEWHERE, level: 'enhanced' } },
      {
        checks: { passed: CHECKS.slice(1), failed: ['source_ip'], undecided: [] },
        alerts: ['source_ip_not_listed'],
        level: 'enhanced',
      },
    ],
    [
      'with a broken item',
      { payload: [delivered('m-1'), { event_type: 'email.sent' }] },
      { checks: { failed: ['payload'], undecided: [] }, alerts: ['payload_quarantined'] },
    ],
    [
      'while the guard is down',
      { bindings: guardDown },
      { checks: { failed: [], undecided: ['rate', 'replay'] }, alerts: [], degraded: 'guard_down:Error' },
    ],
  ])('%s goes with its events', async (_what, played, facts) => {
    const { heard, gateway } = await play(played)
    expect(heard).toEqual([])
    expect((await gateway.queue.contents())[0]?.delivery).toMatchObject({ methods: ['signature'], ...facts })
  })
})

describe('the guard’s answer', () => {
  const here = { sourceVersion: 1, store: 'object', fault: null } as const
  const admitted = { kind: 'admitted', lease: 1, atSeconds: 0, ...here } as const
  const refusal = (refused: GuardRefusal) => refuse(refused)
  it.each([
    ['admitted', pass(admitted), ['rate', 'replay'], []],
    [
      'admitted by the second store',
      pass({ ...admitted, store: 'redis', fault: 'Error' } as const),
      ['rate', 'replay'],
      [],
    ],
    ['a copy', pass({ kind: 'duplicate', ...here } as const), [], ['copy']],
    ['no answer', pass({ kind: 'degraded', atSeconds: 0, fault: 'Error' } as const), [], []],
    ['no answer, and refused', refusal({ code: 'guard_unavailable' }), [], []],
    ['a copy on its way', refusal({ code: 'copy_in_flight', retryAfterSeconds: 5 }), [], ['copy_in_flight']],
    ['a used token', refusal({ code: 'token_reused' }), [], ['token_reused']],
    [
      'a token older than what is remembered',
      refusal({ code: 'timestamp_outside_window', ageSeconds: 900, windowSeconds: 600 }),
      [],
      ['signature_outside_window'],
    ],
    [
      'over the rate',
      refusal({ code: 'rate_limited', limitPerMinute: 1, retryAfterSeconds: 5 }),
      ['replay'],
      ['rate_exceeded'],
    ],
  ] as const)('%s decides rate and replay', (_what, admission, passed, alerts) => {
    const record = withAdmission(EMPTY_RECORD, admission)
    expect(record.passed).toEqual(passed)
    expect(record.alerts).toEqual(alerts)
    expect(record.failed).toHaveLength(alerts.length)
  })
})

describe('the watch', () => {
  it('keeps the decision whole', async () => {
    const made = decisionOf(EMPTY_CONTEXT, { requestId: 'req_1', atMs: 0 }, { refused: 'source_unknown' })
    const watch = env.REFUSALS.getByName('decision-watch')
    const one = { atMs: 0, source: null, provider: null, code: 'source_unknown', status: 404, network: null }
    await watch.report({ counts: [], latest: [{ ...one, requestId: 'req_1', detail: {}, decision: made }] })
    expect((await watch.latest({ limit: 1 }))[0]?.decision).toEqual(made)
  })
})
