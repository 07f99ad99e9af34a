/** The object itself, with the real store, the real storage and a registry and an endpoint of the test. */
import { env } from 'cloudflare:workers'
import * as v from 'valibot'
import { beforeEach, describe, expect, it } from 'vitest'
import { Destination, type DestinationEnv } from '../../src/destinations/index.ts'
import type { ErasedPerson } from '../../src/destinations/api.ts'
import { countMatching } from '../../src/destinations/replay-plan.ts'
import { eventFilter } from '../../src/event/filter/filter.ts'
import { textOf, utf8 } from '../../src/platform/bytes.ts'
import type { LogFields } from '../../src/platform/log.ts'
import { sealer } from '../../src/platform/seal.ts'
import { SYSTEM, type System } from '../../src/platform/system.ts'
import type { SealedDestination } from '../../src/registry/destinations/destination.ts'
import { type DestinationConfig, DestinationConfigSchema } from '../../src/registry/destinations/document.ts'
import { ARRIVAL_START, arrivalEnd } from '../../src/store/arrival.ts'
import { consumeEvents, consumerDeps } from '../support/consumer.ts'
import { erasureList } from '../support/erasures.ts'
import { AFTER_ALL_MS, NOON_MS, type SimulatedEvent, mailEvent } from '../support/mail-events.ts'
import { inObject } from '../support/objects.ts'
import { MASTERS, emptyStore } from '../support/store.ts'
import type { Erasure } from '../../src/store/erasures/erasure.ts'
import type { Store } from '../../src/store/store.ts'

const OLD = 'https://old.example.com/hook'
const NEW = 'https://new.example.com/hook'
const MINUTE = 60_000

let store: Store
let nowMs: number
let made: number
let sealed: SealedDestination | null
/** URLs of requests. */
let requests: string[]
let bodies: { readonly type: string; readonly data: Record<string, unknown> }[]
let answer: (url: string) => Response | Promise<Response>
let lines: LogFields[]
/** Erasures that the registry lists. */
let erasures: Erasure[]

beforeEach(async () => {
  store = await emptyStore()
  nowMs = NOON_MS + 86_400_000
  made = 0
  requests = []
  bodies = []
  answer = () => new Response('ok')
  lines = []
  erasures = []
  sealed = configured({ url: OLD })
})

const configured = (config: Partial<DestinationConfig>, createdAtMs = 1): SealedDestination => ({
  name: 'app',
  version: 1,
  createdAtMs,
  config: { ...v.parse(DestinationConfigSchema, { url: OLD }), start: 'oldest', ...config },
  secrets: [],
})

const SYSTEM_OF_TEST: System = {
  ...SYSTEM,
  nowMs: () => nowMs,
  log: (fields) => void lines.push(fields),
  async fetch(input, init) {
    const { url } = new Request(input)
    requests.push(url)
    if (init?.body instanceof Uint8Array)
      bodies.push(JSON.parse(textOf(init.body) ?? '{}') as (typeof bodies)[0])
    return answer(url)
  },
}

/** @param work gets a call that starts the object anew, as after an eviction */
const inDestination = (
  work: (start: () => Promise<Destination>, storage: DurableObjectStorage) => Promise<void>,
): Promise<void> =>
  inObject((state) => {
    const bindings = {
      MASTER_KEY: env.MASTER_KEY,
      PRIVATE_DESTINATIONS: 'allowed',
      STORE: env.STORE,
      LARGE: env.LARGE,
      REGISTRY: {
        getByName: () => ({
          snapshots: { destination: async () => sealed },
          audit: { note: async () => undefined },
          erasures: erasureList(erasures),
        }),
      },
    } as unknown as DestinationEnv
    return work(async () => {
      const object = new Destination(state, bindings, SYSTEM_OF_TEST)
      await state.blockConcurrencyWhile(async () => undefined)
      return object
    }, state.storage)
  })

async function happen(count: number, of: Partial<SimulatedEvent> = {}): Promise<void> {
  const events = await Promise.all(
    Array.from({ length: count }, () =>
      mailEvent({ type: 'email.delivered', atMs: NOON_MS + made, nr: ++made, ...of }),
    ),
  )
  await consumeEvents(consumerDeps(store, { nowMs: () => nowMs }), events)
}

describe('a change', () => {
  it.each([
    ['', false],
    [', also if their state is asked for at once', true],
  ])('ends a run with the old settings%s', (_also, isShown) =>
    inDestination(async (start) => {
      await happen(40)
      sealed = configured({ url: OLD, concurrency: 1 })
      const object = await start()
      const third = Promise.withResolvers<void>()
      const goOn = Promise.withResolvers<void>()
      answer = async () => {
        if (requests.length === 3) {
          third.resolve()
          await goOn.promise
        }
        return new Response()
      }
      const run = object.alarm()
      await third.promise
      sealed = configured({ url: NEW })
      await object.changed()
      // The console shows a destination right after its change.
      if (isShown) await object.status()
      goOn.resolve()
      await run
      await object.alarm()
      expect(requests.filter((url) => url === OLD)).toHaveLength(3)
      expect(requests.filter((url) => url === NEW)).toHaveLength(37)
    }),
  )

  it('does not begin a slow rate anew', () =>
    inDestination(async (start) => {
      await happen(3)
      sealed = configured({ rate_per_second: 0.01 })
      const object = await start()
      const counts: number[] = []
      for (const waitMs of [0, MINUTE, 14_000, 26_000]) {
        nowMs += waitMs
        await object.alarm()
        counts.push(requests.length)
      }
      expect(counts).toEqual([1, 1, 1, 2])
    }))
})

describe('a destination that is removed', () => {
  it('leaves no waiting delivery, no attempt and no alarm', () =>
    inDestination(async (start, storage) => {
      await happen(3)
      answer = () => new Response('no such user ada@example.com', { status: 500 })
      const object = await start()
      await object.alarm()
      expect((await object.attempts({ limit: 9 })).entries).toHaveLength(3)
      sealed = null
      await object.changed()
      await object.alarm()
      expect(await storage.getAlarm()).toBeNull()
      const again = await start()
      expect(await again.attempts({ limit: 9 })).toEqual({ entries: [], next: null })
      expect(await again.waiting({ limit: 9 })).toEqual({ entries: [], next: null })
    })) // prettier-ignore

  it('and made again begins anew', () =>
    inDestination(async (start) => {
      await happen(3)
      const object = await start()
      await object.alarm()
      sealed = configured({ url: NEW }, 2)
      await object.changed()
      await object.alarm()
      expect(requests.filter((url) => url === NEW)).toHaveLength(3)
    }))
})

describe('a new destination', () => {
  it.each<[string, number]>([
    ['oldest', 5],
    ['now', 0],
    [new Date(NOON_MS + 86_400_000 + MINUTE).toISOString(), 2],
  ])('that starts at %s gets %i of the events that are there', (startAt, count) =>
    inDestination(async (start) => {
      await happen(3)
      nowMs += MINUTE
      await happen(2)
      nowMs += MINUTE
      sealed = configured({ start: startAt }, nowMs)
      const object = await start()
      await object.alarm()
      expect(requests).toHaveLength(count)
      await happen(1)
      await object.alarm()
      expect(requests).toHaveLength(count + 1)
    }),
  )
})

describe('a destination that comes back from a backup', () => {
  it.each<[string, Partial<DestinationConfig>, number, number]>([
    ['with its object', {}, 1, 3],
    ['after its removal', { start: 'oldest' }, 1, 0],
    ['that began with new events', { start: 'now' }, 1, 0],
    ['that began at a time', { start: new Date(NOON_MS).toISOString() }, 1, 0],
    ['in place of a later one of its name', {}, 2, 0],
  ])('%s sends nothing again', (_what, config, createdAtMs, waiting) =>
    inDestination(async (start) => {
      await happen(3)
      sealed = configured(config, createdAtMs)
      const object = await start()
      await object.alarm()
      requests = []
      if (waiting === 0) {
        sealed = createdAtMs === 1 ? null : configured({}, 3)
        await object.changed()
        await object.alarm()
        requests = []
      }
      await happen(2)
      nowMs += MINUTE
      sealed = configured({ ...config, restored_at: new Date(nowMs).toISOString() }, createdAtMs)
      await object.changed()
      await object.alarm()
      // The object that stayed goes on where it was; another one begins at the restore.
      expect(requests).toHaveLength(waiting === 0 ? 0 : 2)
      await happen(1)
      await object.alarm()
      expect(requests).toHaveLength(waiting === 0 ? 1 : 3)
    }),
  )
})

it.each([
  [0, 2_000],
  [9_000, 2_000],
  [10_000, 60_000],
])('looks for events by itself while it is new: %i ms old, again after %i ms', (ageMs, waitMs) =>
  inDestination(async (start, storage) => {
    // An alarm in the past would fire at once.
    nowMs = AFTER_ALL_MS
    sealed = configured({}, nowMs - ageMs)
    await (await start()).alarm()
    expect(await storage.getAlarm()).toBe(nowMs + waitMs)
  }),
)

it('gives up what an operator skips, which can be redriven', () =>
  inDestination(async (start) => {
    await happen(1)
    answer = () => new Response('no', { status: 500 })
    const object = await start()
    await object.alarm()
    const [failed] = (await object.waiting({ limit: 9 })).entries
    expect(await object.skip(failed?.id ?? '', ['shop'])).toBe('held')
    expect(await object.skip(failed?.id ?? '', ['news'])).toBe(true)
    expect(await object.waiting({ limit: 9 })).toEqual({ entries: [], next: null })
    expect((await object.givenUp({ limit: 9 })).entries).toMatchObject([
      { id: failed?.id, status: 500, tries: 1 },
    ])
    expect(await object.skip(failed?.id ?? '')).toBe(false)
    answer = () => new Response()
    expect(await object.redrive({ ids: null, sinceMs: 0, untilMs: AFTER_ALL_MS }, false)).toBe(1)
    await object.alarm()
    expect(requests).toHaveLength(2)
    expect(await object.status()).toMatchObject({ waiting: 0, given_up: 0 })
  }))

describe('a replay', () => {
  it.each<[string, Partial<DestinationConfig>, Record<string, unknown> | null, number]>([
    ['no filter', {}, null, 6],
    ['a filter of the destination', { filter: { types: ['email.bounced'] } }, null, 0],
    ['a filter of the replay', {}, { where: { message_id: 'm-7' } }, 2],
    ['both', { filter: { sources: ['news'] } }, { where: { message_id: 'm-7' } }, 1],
  ])('is planned with what passes: %s', (_what, config, filter, matching) =>
    inDestination(async (start) => {
      await happen(2)
      await happen(2, { source: 'news' })
      await happen(1, { message_id: 'm-7' })
      await happen(1, { message_id: 'm-7', source: 'news' })
      sealed = configured(config)
      const object = await start()
      const plan = await object.replay({ sinceMs: 0, untilMs: nowMs + 1, filter, plan: true })
      expect(plan).toMatchObject({ events: 6, matching, is_estimate: false, running: false })
    }),
  )

  it('of many events is estimated by the first ones', async () => {
    await happen(60, { type: 'email.bounced' })
    await happen(60)
    const span = { from: ARRIVAL_START, until: await arrivalEnd(store), filter: {} }
    const destination = { filter: {}, matches: eventFilter({ types: ['email.bounced'] }) }
    expect(await countMatching(store, span, destination, 8)).toEqual({ events: 90, isEstimate: true })
    expect(await countMatching(store, span, destination, 12)).toEqual({ events: 60, isEstimate: false })
  })

  const span = () => ({ sinceMs: 0, untilMs: nowMs + 1, filter: null, plan: false })

  it('shows how many events are in its span, and how many are left', () =>
    inDestination(async (start) => {
      await happen(3)
      nowMs += MINUTE
      await happen(2)
      const object = await start()
      await object.alarm()
      answer = () => new Response('', { status: 503, headers: { 'webhook-delivery': 'disable' } })
      const started = await object.replay({ ...span(), sinceMs: nowMs })
      expect(started).toMatchObject({ events: 2, left: 2, running: true })
      expect((await object.status()).replay).toMatchObject({ events: 2, running: true })
    }))

  it('is one at a time, also if two are asked for at once', () =>
    inDestination(async (start) => {
      await happen(3)
      const object = await start()
      await object.alarm()
      const both = await Promise.all([object.replay(span()), object.replay(span())])
      expect(both.filter((one) => one !== null)).toHaveLength(1)
    }))
})

it('works with attempts that were sealed under an older master key', () =>
  inDestination(async (start, storage) => {
    await happen(1)
    await (await start()).alarm()
    const stranger = sealer(MASTERS, 'secrets')
    storage.sql.exec('UPDATE state SET attempts = ?', await stranger.seal(utf8('[]'), 'attempts'))
    const again = await start()
    await happen(2)
    await again.alarm()
    expect(requests).toHaveLength(3)
  }))

describe('after an erasure', () => {
  const ADA = 'ada@example.com'
  const HOUR = 3_600_000
  const erasedNow = async (number = 7): Promise<ErasedPerson> => ({
    number,
    person: await store.people.indexOf(ADA),
    address: ADA,
    erasedAtMs: nowMs,
  })
  const told = () => bodies.filter(({ type }) => type === 'person.erased')
  /** Every text and every blob that rests in the object. */
  const resting = ({ sql }: DurableObjectStorage): string =>
    sql
      .exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
      )
      .toArray()
      .flatMap(({ name }) => sql.exec(`SELECT * FROM "${name}"`).toArray().flatMap(Object.values))
      .map((value) =>
        value instanceof ArrayBuffer ? new TextDecoder('latin1').decode(value) : String(value),
      )
      .join('\n')

  it.each<[string, Partial<DestinationConfig>, unknown]>([
    ['that asks for it', { tells_erasures: true }, ADA],
    [
      'that gets pseudonyms',
      { tells_erasures: true, personal: 'pseudonym' },
      expect.stringMatching(/^person_[0-9a-f]{32}$/),
    ],
    ['that is told of nobody', { tells_erasures: true, personal: 'none' }, undefined],
    ['that does not ask for it', {}, undefined],
    [
      'with a filter that lets nothing pass',
      { tells_erasures: true, filter: { types: ['email.opened'] } },
      ADA,
    ],
  ])('a destination %s is told what it knows', (_what, config, recipient) =>
    inDestination(async (start, storage) => {
      sealed = configured(config)
      await happen(1)
      const object = await start()
      await object.alarm()
      const erased = await erasedNow()
      expect(await object.tellErased(erased)).toBe(recipient !== undefined)
      await object.alarm()
      const [news] = told()
      const at = new Date(erased.erasedAtMs).toISOString()
      expect(news).toEqual(
        recipient === undefined
          ? undefined
          : {
              type: 'person.erased',
              timestamp: at,
              data: {
                type: 'person.erased',
                id: expect.stringMatching(/^erasure_[0-9a-f]{32}$/),
                erased_at: at,
                recipient,
              },
            },
      )
      // The name under which it got the event.
      const [event] = bodies.filter(({ type }) => type === 'email.delivered')
      if (news !== undefined && event !== undefined)
        expect(news.data['recipient']).toBe(event.data['recipient'])
      expect(resting(storage)).not.toContain(ADA)
      await object.alarm()
      expect(told().length).toBe(recipient === undefined ? 0 : 1)
    }),
  )

  it('the news is retried with the same id, also by another instance, and its answer is not kept', () =>
    inDestination(async (start, storage) => {
      sealed = configured({ tells_erasures: true })
      answer = () => new Response(`gone: ${ADA}`, { status: 500 })
      const object = await start()
      await object.tellErased(await erasedNow())
      await object.tellErased(await erasedNow())
      await object.alarm()
      expect(told()).toHaveLength(1)
      nowMs += MINUTE
      answer = () => new Response(`gone: ${ADA}`)
      const again = await start()
      await again.alarm()
      expect(new Set(told().map(({ data }) => data['id'])).size).toBe(1)
      const { entries } = await again.attempts({ limit: 9 })
      expect(entries.map(({ kind, response, outcome, try: nr }) => [kind, response, outcome, nr])).toEqual([
        ['erasure', null, 'delivered', 2],
        ['erasure', null, 'failed', 1],
      ])
      expect(storage.sql.exec('SELECT * FROM pending_erasures').toArray()).toEqual([])
    }))

  it.each<[string, Partial<DestinationConfig>, number]>([
    ['the endpoint refuses it ten times', { tells_erasures: true }, 10],
    ['the destination is paused for a week', { tells_erasures: true, paused: true }, 0],
  ])('the address goes if %s', (_what, config, tries) =>
    inDestination(async (start, storage) => {
      sealed = configured(config)
      answer = () => new Response('', { status: 400 })
      const object = await start()
      await object.tellErased(await erasedNow())
      for (let hour = 0; hour < 8 * 24; hour += 6) {
        await object.alarm()
        nowMs += 6 * HOUR
      }
      expect(told()).toHaveLength(tries)
      expect(storage.sql.exec('SELECT * FROM pending_erasures').toArray()).toEqual([])
      expect(lines).toContainEqual(expect.objectContaining({ event: 'erasure_not_told', count: 1 }))
    }),
  )

  it('sends nothing while it is paused, and goes on by itself at the end of the pause', () =>
    inDestination(async (start, storage) => {
      await happen(1)
      sealed = configured({ paused: true, paused_until: new Date(nowMs + HOUR).toISOString() })
      const object = await start()
      await object.alarm()
      expect([requests, (await object.status()).state]).toEqual([[], 'paused'])
      expect(await storage.getAlarm()).not.toBeNull()
      nowMs += HOUR
      await object.alarm()
      expect([requests, (await object.status()).state]).toEqual([[OLD], 'active'])
    }))

  it.each<[string, Partial<DestinationConfig>]>([
    ['is not to be told any more', {}],
    ['gets nothing personal any more', { tells_erasures: true, personal: 'none' }],
  ])('the address goes at once if the destination %s', (_what, later) =>
    inDestination(async (start, storage) => {
      sealed = configured({ tells_erasures: true, paused: true })
      const object = await start()
      await object.tellErased(await erasedNow())
      sealed = configured(later)
      await object.changed()
      await object.alarm()
      expect(told()).toEqual([])
      expect(storage.sql.exec('SELECT * FROM pending_erasures').toArray()).toEqual([])
    }),
  )

  it('sends no event of her that a restore of the database brought back', () =>
    inDestination(async (start) => {
      await happen(1)
      const { number, person, erasedAtMs } = await erasedNow()
      erasures.push({ number, person, erasedAtMs, keepsSuppression: false })
      await (await start()).alarm()
      expect(bodies).toMatchObject([{ data: { recipient: null } }])
    }))

  it('the news closes an open circuit if there is no event to send', () =>
    inDestination(async (start) => {
      sealed = configured({ tells_erasures: true })
      await happen(12)
      answer = () => new Response('', { status: 500 })
      const object = await start()
      await object.alarm()
      nowMs += 10_000
      await object.alarm()
      expect(await object.status()).toMatchObject({ state: 'circuit_open' })
      await env.STORE.prepare('DELETE FROM segments').run()
      await object.tellErased(await erasedNow())
      answer = () => new Response()
      for (let i = 0; i < 20; i++) {
        nowMs += MINUTE
        await object.alarm()
      }
      expect(told()).toHaveLength(1)
      expect(await object.status()).toMatchObject({ state: 'active' })
    }))

  it('nothing rests of her, also of a run that was in flight, and of deliveries that are held', () =>
    inDestination(async (start, storage) => {
      sealed = configured({ ordered: true, concurrency: 1 })
      const person = await store.people.indexOf(ADA)
      await happen(3, { message_id: 'm-1' })
      await happen(2, { message_id: 'm-2', recipient: 'bob@example.com' })
      const third = Promise.withResolvers<void>()
      const goOn = Promise.withResolvers<void>()
      answer = async () => {
        if (requests.length > 3) return new Response('', { status: 500 })
        if (requests.length === 3) {
          third.resolve()
          await goOn.promise
        }
        return new Response(`no such user ${ADA}`, { status: 500 })
      }
      const object = await start()
      await object.alarm()
      nowMs += 6_000
      const run = object.alarm()
      await third.promise
      const planned = await object.forgetPerson(person, true)
      expect(planned.count).toBeGreaterThan(0)
      await env.STORE.prepare('DELETE FROM recipients WHERE recipient = unhex(?)').bind(person).run()
      await object.forgetPerson(person, false)
      goOn.resolve()
      await run
      // Another instance, as after a death between both runs.
      await (await start()).alarm()
      expect(await (await start()).forgetPerson(person, true)).toMatchObject({ count: 0 })
      expect(resting(storage)).not.toContain(person)
      answer = () => new Response()
      for (let i = 0; i < 9; i++) {
        nowMs += MINUTE
        await object.alarm()
      }
      expect(await object.status()).toMatchObject({ waiting: 0, given_up: 0, backlog: 0 })
      expect(bodies.slice(3).filter(({ data }) => data['recipient'] === ADA)).toEqual([])
    }))
})
