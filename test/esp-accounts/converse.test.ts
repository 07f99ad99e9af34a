/** The engine of conversations with ESPs: what it refuses, and what it keeps. */
import { beforeEach, describe, expect, it } from 'vitest'
import {
  type Account,
  CALLS_AN_HOUR,
  type Conversation,
  type Driver,
  NO_ANSWER,
  UNREADABLE,
} from '../../src/drivers/driver.ts'
import { type Converse, REQUESTS_MAX, converser } from '../../src/esp-accounts/converse.ts'
import { Deadlines } from '../../src/outbound/deadlines.ts'
import { SealBroken } from '../../src/platform/seal.ts'

const START_MS = 1_800_000_000_000
const KEY = 'the-key'
const HOST = 'https://api.esp.example'

let nowMs: number
let pauses: number[]
let asked: string[]
let answer: () => Response | Promise<Response>
let kept: Map<string, unknown>
let converse: Converse

const engine = (): Converse =>
  converser({
    storage: {
      kv: {
        get: (key: string) => kept.get(key),
        put: (key: string, value: unknown) => void kept.set(key, structuredClone(value)),
      } as unknown as SyncKvStorage,
    },
    fetch: async (input, init) => {
      asked.push(new Request(input, init).url)
      return answer()
    },
    deadlines: new Deadlines(() => nowMs),
    nowMs: () => nowMs,
    async pause(ms) {
      pauses.push(ms)
      nowMs += ms
    },
  })

beforeEach(() => {
  nowMs = START_MS
  pauses = []
  asked = []
  kept = new Map()
  answer = () => Response.json({ ok: true })
  converse = engine()
})

const driver = { provider: 'esp', perSecond: 2 } as Driver
const open = async (): Promise<Account> => ({
  key: KEY,
  settings: {},
  url: 'https://gate.example',
  nowMs,
})
const account = { driver, open }

function* once(url = `${HOST}/webhooks`): Conversation<number> {
  const { status } = yield { method: 'GET', url, headers: { authorization: KEY } }
  return status
}
function* twice(second: string): Conversation<number> {
  yield { method: 'GET', url: `${HOST}/1`, headers: {} }
  const { status } = yield { method: 'GET', url: second, headers: {} }
  return status
}
function* forever(): Conversation<number> {
  for (;;) yield { method: 'GET', url: `${HOST}/next`, headers: {} }
}
function* unreadable(): Conversation<number> {
  yield { method: 'GET', url: `${HOST}/1`, headers: {} }
  return UNREADABLE
}
function* throwing(): Conversation<number> {
  yield { method: 'GET', url: `${HOST}/1`, headers: {} }
  throw new TypeError('not as expected')
}

const status =
  (code: number, headers = {}) =>
  () =>
    new Response(`about ${KEY}`, { status: code, headers })

const ROWS: readonly [
  string,
  () => Conversation<number>,
  () => Response | Promise<Response>,
  object,
  number,
][] = [
  ['is answered', once, status(200), { ok: true, result: 200 }, 1],
  ['has a wrong key', once, status(401), { code: 'key_refused', status: 401 }, 1],
  ['has a weak key', once, status(403), { code: 'key_too_weak', status: 403 }, 1],
  ['asks for nothing that is there', once, status(404), { code: 'not_found', status: 404 }, 1],
  ['is refused', once, status(400), { code: 'refused', status: 400 }, 1],
  ['is led elsewhere', once, status(302, { location: 'https://else.example' }), { code: 'refused' }, 1],
  ['meets a fault', once, status(500), { code: 'unavailable', status: 500 }, 1],
  ['is not answered', once, () => Promise.reject(new Error(KEY)), { code: 'unavailable', status: null }, 1],
  ['gets too much', once, () => new Response('x'.repeat(2_000)), { code: 'too_large' }, 1],
  ['is limited without a time', once, status(429), { code: 'rate_limited', untilMs: START_MS + 60_000 }, 1],
  [
    'is limited for a time',
    once,
    status(429, { 'retry-after': '90' }),
    { code: 'rate_limited', untilMs: START_MS + 90_000 },
    1,
  ],
  [
    'is limited for a year',
    once,
    status(429, { 'retry-after': '31536000' }),
    { code: 'rate_limited', untilMs: START_MS + 86_400_000 },
    1,
  ],
  ['goes on for ever', forever, status(200), { code: 'unreadable' }, REQUESTS_MAX],
  ['leads to another path', () => once(`${HOST}/bounces/.`), status(200), { code: 'refused' }, 0],
  ['leads up', () => twice(`${HOST}/bounces/..`), status(200), { code: 'refused' }, 1],
  ['leads up, in other letters', () => once(`${HOST}/bounces/%2e%2E`), status(200), { code: 'refused' }, 0],
  ['goes to another host', () => twice('https://else.example/x'), status(200), { code: 'unreadable' }, 1],
  ['goes to plain HTTP', () => once('http://api.esp.example/x'), status(200), { code: 'unreadable' }, 0],
  ['goes to an address', () => once('https://10.0.0.1/x'), status(200), { code: 'unreadable' }, 0],
  ['goes to a port', () => once('https://api.esp.example:8443/x'), status(200), { code: 'unreadable' }, 0],
  ['cannot be read', unreadable, status(200), { code: 'unreadable' }, 1],
  ['meets what its driver does not expect', throwing, status(200), { code: 'unreadable' }, 1],
]

describe('a conversation', () => {
  it.each(ROWS)('that %s', async (_name, begin, answers, expected, calls) => {
    answer = answers
    const done = await converse(account, () => begin(), { maxBytes: 1_000 })
    expect(done).toMatchObject(expected)
    expect(asked).toHaveLength(calls)
    expect(JSON.stringify(done)).not.toContain(KEY)
  })

  it('keeps the time that the ESP asked for over the end of the object, and asks nothing before', async () => {
    answer = status(429, { 'retry-after': '90' })
    await converse(account, () => once())
    answer = status(200)
    nowMs += 89_000
    expect(await engine()(account, () => once())).toMatchObject({ code: 'rate_limited' })
    expect(asked).toHaveLength(1)
    nowMs += 1_000
    expect(await engine()(account, () => once())).toMatchObject({ ok: true })
  })

  it.each([429, 503])('waits longer with each %i in a row, though it asks for no time', async (code) => {
    answer = status(code, { 'retry-after': '0' })
    const waitsMs: number[] = []
    for (let i = 0; i < 14; i++) {
      const done = await converse(account, () => once())
      const untilMs = (done.ok ? null : done.untilMs) ?? nowMs
      waitsMs.push(untilMs - nowMs)
      nowMs = untilMs
    }
    expect(waitsMs.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000])
    expect(waitsMs.at(-1)).toBe(3_600_000)
    answer = status(200)
    await converse(account, () => once())
    answer = status(code, { 'retry-after': '0' })
    expect(await converse(account, () => once())).toMatchObject({ untilMs: nowMs + 1_000 })
  })

  it.each<[number, object]>([
    [429, { ok: true, result: 'a part' }],
    [503, { ok: true, result: 'a part' }],
    [401, { code: 'key_refused' }],
  ])('ends a page with its part at %i', async (code, wanted) => {
    answer = () => new Response(null, { status: asked.length > 1 ? code : 200 })
    const talked = await converse(account, function* () {
      yield { method: 'GET', url: `${HOST}/1`, headers: {} }
      const second = yield { method: 'GET', url: `${HOST}/2`, headers: {}, endsPart: true }
      return second === NO_ANSWER ? 'a part' : 'all'
    })
    expect(talked).toMatchObject(wanted)
  })

  it.each([
    [CALLS_AN_HOUR, driver],
    [9, { ...driver, callsAnHour: 9 }],
  ])(
    'stops at %i calls an hour, which leaves some for what is urgent, and goes on in the next',
    async (most, of) => {
      const account = { driver: of, open }
      for (let calls = 0; calls < most; calls++) {
        nowMs = START_MS
        await converse(account, () => once())
      }
      const over = await converse(account, () => once())
      expect(over).toMatchObject({ code: 'over_budget', untilMs: START_MS + 3_600_000 })
      expect(await converse(account, () => once(), { isUrgent: true })).toMatchObject({ ok: true })
      nowMs = START_MS + 3_600_000
      expect(await converse(account, () => once())).toMatchObject({ ok: true })
    },
  )

  it('keeps the pace of the ESP, one call at a time', async () => {
    await Promise.all([converse(account, () => once()), converse(account, () => once())])
    expect(pauses).toEqual([500])
  })

  it.each([
    ['a mark without width', 'the-key\u200b'],
    ['a line break', 'the-\nkey'],
  ])('with a key that has %s asks nothing', async (_name, key) => {
    const mistyped = { driver, open: async () => ({ ...(await account.open()), key }) }
    function* talk({ key: own }: Account): Conversation<number> {
      const { status: code } = yield { method: 'GET', url: HOST, headers: { authorization: own } }
      return code
    }
    expect(await converse(mistyped, talk)).toMatchObject({ code: 'key_refused', status: null })
    expect(asked).toEqual([])
  })

  it('without a key that opens asks nothing', async () => {
    const closed = { driver, open: () => Promise.reject(new SealBroken('closed')) }
    expect(await converse(closed, () => once())).toMatchObject({ code: 'key_unreadable' })
    expect(asked).toEqual([])
  })
})
