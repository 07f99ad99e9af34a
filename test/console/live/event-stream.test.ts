/** `GET /api/events/stream`: events as they are stored. */
import { env } from 'cloudflare:workers'
import { EventSourceParserStream } from 'eventsource-parser/stream'
import { beforeEach, describe, expect, it } from 'vitest'
import { eventStream } from '../../../src/console/live/event-stream.ts'
import type { MailEvent } from '../../../src/event/mail-event.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { NOON_MS, type SimulatedEvent, mailEvent } from '../../support/mail-events.ts'
import { idsFor } from '../../support/queue.ts'
import { emptyStore } from '../../support/store.ts'
import { holder } from '../credentials.ts'
import { type TestConsole, newConsole, store } from '../support.ts'

let here: TestConsole
let deps: ReturnType<typeof consumerDeps>
beforeEach(async () => {
  deps = consumerDeps(await emptyStore())
  here = newConsole()
})

let nr = 0
async function arrive(...events: Partial<SimulatedEvent>[]): Promise<MailEvent[]> {
  const all = await Promise.all(
    events.map((event) => mailEvent({ type: 'email.sent', atMs: NOON_MS, nr: ++nr, ...event })),
  )
  await consumeEvents(deps, all)
  return all
}

interface Options {
  readonly query?: string
  readonly last?: string | undefined
  readonly token?: string
  readonly from?: TestConsole
}

const open = async ({ query = '', last, token = env.ADMIN_TOKEN, from = here }: Options = {}) =>
  from.fetch(`/api/events/stream${query}`, {
    headers: {
      authorization: `Bearer ${token}`,
      ...(last === undefined ? {} : { 'last-event-id': last }),
    },
  })

interface Message {
  readonly id?: string | undefined
  readonly event?: string | undefined
  readonly data: string
}

/** The messages of a stream; a heartbeat is one without an event. */
async function messagesOf(options: Options = {}) {
  const response = await open(options)
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  expect(response.headers.get('cache-control')).toBe('no-store')
  const reader = (response.body as ReadableStream<Uint8Array>)
    .pipeThrough(new TextDecoderStream(), { preventCancel: true })
    .pipeThrough(new EventSourceParserStream())
    .getReader()
  let last: string | undefined
  return {
    async next(): Promise<Message | undefined> {
      const { value } = await reader.read()
      last = value?.id ?? last
      return value
    },
    /** The next ones that are events. */
    async events(count: number): Promise<MailEvent[]> {
      const found: MailEvent[] = []
      while (found.length < count) {
        const message = await this.next()
        if (message === undefined) throw new Error('the stream has ended')
        if (message.event !== 'position') found.push(JSON.parse(message.data) as MailEvent)
      }
      return found
    },
    last: () => last,
    close: () => reader.cancel(),
  }
}

const idsOf = (events: readonly MailEvent[]): string[] => events.map(({ id }) => id)

describe('the stream of events', () => {
  it('begins now, says at once where that is, and brings what is stored then', async () => {
    await arrive({})
    const stream = await messagesOf()
    expect(await stream.next()).toMatchObject({ event: 'position', data: '{}', id: expect.any(String) })
    const [stored] = await arrive({ type: 'email.bounced', reason: 'two\nlines\r\u2028and more' })
    const message = await stream.next()
    expect(message).toMatchObject({ event: 'email.bounced', id: expect.any(String) })
    expect(JSON.parse(message?.data ?? '')).toEqual({ ...stored, security: expect.anything() })
    await stream.close()
  })

  it('resumes behind the last id, with all that was stored meanwhile', async () => {
    const first = await messagesOf()
    await first.next()
    const before = await arrive({}, {}, {})
    const seen = await first.events(2)
    await first.close()
    const meanwhile = await arrive({})
    const second = await messagesOf({ last: first.last() })
    expect(idsOf([...seen, ...(await second.events(2))]).toSorted()).toEqual(
      idsOf([...before, ...meanwhile]).toSorted(),
    )
    await second.close()
  })

  it('resumes behind a place where there was no event', async () => {
    const first = await messagesOf({ query: '?types=email.bounced' })
    await first.next()
    const place = first.last()
    await first.close()
    const [bounce] = await arrive({ type: 'email.bounced' }, { type: 'email.opened' })
    const second = await messagesOf({ query: '?types=email.bounced', last: place })
    expect(idsOf(await second.events(1))).toEqual([bounce?.id])
    await second.close()
  })

  it('begins at the oldest, or after a cursor of a list', async () => {
    const all = await arrive({}, {})
    const whole = await messagesOf({ query: '?after=oldest' })
    expect(idsOf(await whole.events(2)).toSorted()).toEqual(idsOf(all).toSorted())
    await whole.close()
    const { json } = await here.api('GET', '/api/events?order=arrival')
    const [later] = await arrive({})
    const rest = await messagesOf({ query: `?after=${String(json['next_cursor'])}` })
    expect(idsOf(await rest.events(1))).toEqual([later?.id])
    await rest.close()
  })

  it('has only the types and the source that are asked for', async () => {
    await arrive({ type: 'email.opened' })
    const [bounce] = await arrive({ type: 'email.bounced' })
    await arrive({ type: 'email.bounced', source: 'news' })
    const [spam] = await arrive({ type: 'email.spam_reported' })
    const stream = await messagesOf({
      query: '?after=oldest&source=shop&types=email.bounced,email.spam_reported',
    })
    expect(idsOf(await stream.events(2))).toEqual([bounce?.id, spam?.id])
    await stream.close()
  })

  it('has only the sources of a token, and to a viewer nothing personal', async () => {
    await arrive({ source: 'foreign' })
    const [own] = await arrive({ source: 'own', reason: 'ada@example.com is unknown' })
    const { token } = await holder(here, 'viewer', ['own'])
    const stream = await messagesOf({ query: '?after=oldest', token })
    const [event] = await stream.events(1)
    const id = await idsFor('viewers').of(own?.id ?? '')
    expect(event).toMatchObject({ id, recipient: null, reason: null })
    await stream.close()
  })

  it('sends a heartbeat each 15 seconds, and moves the place past what was not asked for', async () => {
    const stream = await open({ query: '?types=email.bounced' })
    const reader = (stream.body as ReadableStream<Uint8Array>).getReader()
    const chunk = async () => new TextDecoder().decode((await reader.read()).value)
    expect(await chunk()).toMatch(/^: heartbeat\n\nid: \S+\nevent: position\ndata: \{\}\n\n$/)
    const begunMs = here.clock.nowMs
    expect(await chunk()).toBe(': heartbeat\n\n')
    expect(here.clock.nowMs - begunMs).toBe(15_000)
    await arrive({ type: 'email.opened' })
    expect(await chunk()).toMatch(/^: heartbeat\n\nid: \S+\nevent: position\n/)
    expect(here.clock.nowMs - begunMs).toBe(30_000)
    await reader.cancel()
  })

  it.each([
    ['?types=email.read', {}, 'types'],
    ['?types=', {}, 'types'],
    ['?after=yesterday', {}, 'after'],
    ['?cursor=x', {}, 'cursor'],
    ['', { last: 'yesterday' }, 'Last-Event-ID'],
  ])('by %s %j is refused', async (query, options, path) => {
    const response = await open({ query, ...options })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'parameter_invalid', problems: [{ path }] })
  })

  it('is open twenty times at most, five times for each actor, until places are free again', async () => {
    const { token } = await holder(here, 'viewer')
    const streams = await Promise.all(Array.from({ length: 5 }, () => open({ token })))
    expect((await open({ token })).status).toBe(429)
    await streams.pop()?.body?.cancel()
    streams.push(await open({ token }))
    for (let actor = 0; actor < 3; actor++) {
      const another = await holder(here, 'viewer')
      for (let nr = 0; nr < 5; nr++) streams.push(await open({ token: another.token }))
    }
    expect(streams.map(({ status }) => status)).toEqual(streams.map(() => 200))
    const refused = await open()
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('10')
    expect(await refused.json()).toMatchObject({ code: 'too_many_streams' })
    here.clock.nowMs += 10_001
    const again = await open()
    expect(again.status).toBe(200)
    for (const { body } of [...streams, again]) await body?.cancel()
  })

  it('ends when the store fails, and the log says so', async () => {
    const refuses = () => Promise.reject(new TypeError('no store'))
    // A single statement still answers: where the stream begins is asked before it.
    const batch = (all: D1PreparedStatement[]) => (all.length > 2 ? refuses() : env.STORE.batch(all))
    const STORE = { prepare: (sql: string) => env.STORE.prepare(sql), batch }
    const broken = newConsole({ STORE: STORE as unknown as D1Database })
    const stream = await messagesOf({ from: broken })
    expect(await stream.next()).toBeUndefined()
    expect(broken.logged).toContainEqual(
      expect.objectContaining({ event: 'dependency_unavailable', message: 'store', fault: 'TypeError' }),
    )
  })
})

it('ends by itself after ten minutes', async () => {
  let nowMs = NOON_MS
  const live = {
    nowMs: () => nowMs,
    async pause() {
      nowMs += 60_000
    },
  }
  const onFault = () => undefined
  const stream = eventStream({
    store,
    live,
    after: 'now',
    place: { hold: () => undefined, leave: () => undefined },
    onFault,
  })
  for await (const chunk of stream) expect(chunk.byteLength).toBeGreaterThan(0)
  expect(nowMs - NOON_MS).toBe(600_000)
})

describe('a client that does not read', () => {
  it('costs nothing: the store is asked only when the client wants more', async () => {
    await arrive(...Array.from({ length: 250 }, () => ({})))
    const polls: number[] = []
    const live = { nowMs: () => 0, pause: () => Promise.reject(new Error('nothing to wait for')) }
    const stream = eventStream({
      store,
      live,
      after: 'oldest',
      place: { hold: (nowMs) => polls.push(nowMs), leave: () => undefined },
      onFault: (cause) => {
        throw cause
      },
    })
    const later = () => new Promise((resolve) => setTimeout(resolve, 20))
    await later()
    expect(polls).toHaveLength(0)
    const reader = stream.getReader()
    const { value } = await reader.read()
    await later()
    expect(new TextDecoder().decode(value).match(/^id: /gm)).toHaveLength(100)
    expect(polls).toHaveLength(1)
    await reader.cancel()
    expect(polls).toHaveLength(1)
  })
})
