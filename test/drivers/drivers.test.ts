/** All drivers, each against a fake of its ESP's API. A new driver is a row of `DRIVERS` and of `FAKES`. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Account,
  type ApiRequest,
  type Conversation,
  type Driver,
  type Mended,
  type Page,
  REFUSED,
  type SeenWebhook,
  type Suppressed,
  UNREADABLE,
} from '../../src/drivers/driver.ts'
import { DRIVERS } from '../../src/drivers/index.ts'
import type { MailEvent } from '../../src/event/mail-event.ts'
import { type Json, isObject } from '../../src/platform/json.ts'
import { providerNamed } from '../../src/providers/index.ts'
import { eventsOf } from '../../src/providers/shared/understand.ts'
import { FACTS } from '../providers/judge.ts'
import { type Talked, converse } from './converse.ts'
import { type Fake, type FakeEsp, json } from './fakes/fake.ts'
import { FAKES } from './fakes/index.ts'

const NOW_MS = Date.UTC(2026, 11, 1, 12)
/** More than two pages of every ESP. */
const ENTRIES = 2_300
/** Characters that must be escaped in a URL, and others that tempt to. */
const ADDRESSES = ['o+brien@example.com', "a/b?c'd@example.com", 'jörg@exämple.de', 'Ada.L%40@Example.com']

const rows = FAKES.map((fake) => {
  const driver = DRIVERS.find(({ provider }) => provider === fake.provider)
  if (driver === undefined) throw new Error(`no driver for the fake of ${fake.provider}`)
  return { name: fake.provider, fake, driver }
})

/** The driver with an account of its fake. */
function worldOf({ fake, driver }: { fake: Fake; driver: Driver }) {
  const esp = fake.open()
  const account: Account = {
    key: fake.key,
    settings: fake.settings,
    url: 'https://hooks:a-password@gate.example/hooks/suite',
    nowMs: NOW_MS,
  }
  const talk = async <Result>(
    conversation: Conversation<Result>,
    answer: (request: ApiRequest) => Response = esp.answer,
  ): Promise<Talked<Result>> => {
    const talked = await converse(driver, account, conversation, answer)
    for (const request of talked.requests) expectOwnRequest(fake, request)
    return talked
  }
  const did = async <Result>(conversation: Conversation<Result>): Promise<Result> => {
    const talked = await talk(conversation)
    if (!talked.ok) throw new Error(`${fake.provider}: ${talked.code}`)
    return talked.result
  }
  return { esp, account, talk, did }
}

/** A request goes to the ESP over TLS, and its key stands in no URL, which proxies and logs keep. */
function expectOwnRequest({ hosts, key }: Fake, request: ApiRequest): void {
  const { protocol, host, username, href } = new URL(request.url)
  expect({ protocol, username, host: hosts.includes(host) ? 'own' : host }).toEqual({
    protocol: 'https:',
    username: '',
    host: 'own',
  })
  for (const part of key.split(':')) expect(decodeURIComponent(href)).not.toContain(part)
  for (const name of Object.keys(request.headers)) expect(name).toBe(name.toLowerCase())
  if (request.method === 'GET') expect(request.body).toBeUndefined()
}

/** All pages to the end. A cursor that comes again ends them, as it ends a run. */
async function allPages<Item>(
  did: <Result>(conversation: Conversation<Result>) => Promise<Result>,
  page: (cursor: string | null) => Conversation<Page<Item>>,
  between: () => void = () => undefined,
): Promise<readonly Item[]> {
  const items: Item[] = []
  const cursors = new Set<string>()
  for (let cursor: string | null = null; ;) {
    const { items: more, next }: Page<Item> = await did(page(cursor))
    items.push(...more)
    if (next === null || cursors.has(next)) return items
    cursors.add(next)
    cursor = next
    between()
  }
}

const webhookOf = (driver: Driver, change: Partial<FakeEsp['webhooks'][number]> = {}) => ({
  id: '7312290',
  url: 'https://gate.example/hooks/suite',
  enabled: true,
  types: driver.webhook?.types ?? [],
  signed: true,
  ...change,
})

/** Entries of all reasons and scopes that the ESP lists, times in whole seconds. */
const entriesOf = ({ fake, driver }: { fake: Fake; driver: Driver }, count: number): Suppressed[] =>
  Array.from({ length: count }, (_none, i) => {
    const reasons = driver.suppressions?.reasons ?? []
    const reason = reasons[i % reasons.length] ?? 'manual'
    const scopes = fake.scopes?.[reason] ?? [null]
    const scope = scopes[Math.floor(i / reasons.length) % scopes.length] ?? null
    return { address: ADDRESSES[i] ?? `person${i}@example.com`, reason, scope, atMs: NOW_MS - i * 60_000 }
  })

const key = ({ address, reason, scope }: Suppressed): string => JSON.stringify([address, reason, scope])
const place = ({ address, scope }: Suppressed): string => JSON.stringify([address, scope])

describe('the table of drivers', () => {
  it('has a fake for each driver that reads anything, with its source and date', () => {
    const reading = DRIVERS.filter(({ webhook, past, suppressions }) => webhook ?? past ?? suppressions)
    expect(FAKES.map(({ provider }) => provider).toSorted()).toEqual(
      reading.map(({ provider }) => provider).toSorted(),
    )
    for (const { description } of FAKES) expect(description).toMatch(/\b20\d\d-\d\d-\d\d\b/)
  })

  it.each(DRIVERS.map((driver) => ({ name: driver.provider, driver })))(
    '$name says what rights it needs',
    ({ driver }) => {
      const { webhook, past, suppressions, rights } = driver
      expect({
        webhook: rights.webhook !== undefined,
        mend: rights.mend !== undefined,
        past: rights.past !== undefined,
        suppressions: rights.suppressions !== undefined,
      }).toEqual({
        webhook: webhook !== undefined,
        mend: webhook?.mend !== undefined || driver.installs !== undefined,
        past: past !== undefined,
        suppressions: suppressions !== undefined,
      })
      expect(providerNamed(driver.provider)).toBeDefined()
    },
  )
})

describe.each(rows.filter(({ driver }) => driver.webhook))('the webhook of $name', (row) => {
  const { driver } = row
  const { webhook } = driver
  if (webhook === undefined) return
  const seenNow = async ({ did, account }: ReturnType<typeof worldOf>) => did(webhook.seen(account))
  /** The webhook among others of the account. */
  const ours = (all: readonly SeenWebhook[]) =>
    all.find(({ url }) => url === null || url.includes('gate.example'))

  it('is told as it is', async () => {
    const world = worldOf(row)
    world.esp.webhooks.push(webhookOf(driver))
    const seen = await seenNow(world)
    expect(seen).toHaveLength(1)
    expect(new Set(seen[0]?.types)).toEqual(new Set(webhook.types))
    expect(seen[0]?.url).toBe('https://gate.example/hooks/suite')
    expect(seen[0]?.signed).toBe(webhook.tellsSigning ? true : null)
    // An ESP that does not tell never says that it is off.
    expect([true, null]).toContain(seen[0]?.enabled)
  })

  it('that does not exist is not told', async () => {
    expect(await seenNow(worldOf(row))).toEqual([])
  })

  it('takes one request each hour', async () => {
    const world = worldOf(row)
    world.esp.webhooks.push(webhookOf(driver))
    // SNS is asked, too.
    const count = driver.provider === 'ses' ? 2 : 1
    expect((await world.talk(webhook.seen(world.account))).requests).toHaveLength(count)
  })

  /** Wrong states: each is told, and mending makes each right. */
  const wrongs: readonly [string, Partial<FakeEsp['webhooks'][number]>][] = [
    ['off', { enabled: false }],
    ['elsewhere', { url: 'https://elsewhere.example/in' }],
    ['without a type', { types: webhook.types.slice(1) }],
    ['unsigned', { signed: false }],
    ['all at once', { enabled: false, url: 'https://elsewhere.example/in', types: [], signed: false }],
  ]

  it.each(wrongs)('%s is told', async (_what, change) => {
    const world = worldOf(row)
    const right = webhookOf(driver)
    const [, before] = [world.esp.webhooks.push(right), (await seenNow(world))[0]]
    Object.assign(right, change)
    const [seen] = await seenNow(world)
    // A webhook of which each type is a row is gone without any.
    if (right.types.length === 0 && seen === undefined) return
    expect(seen?.enabled).toBe(before?.enabled === null ? null : right.enabled)
    expect(seen?.url).toBe(right.url)
    expect(new Set(seen?.types)).toEqual(new Set(right.types))
    expect(seen?.signed).toBe(webhook.tellsSigning ? right.signed : null)
  })

  const { mend } = webhook
  if (mend !== undefined) {
    const mended = async (world: ReturnType<typeof worldOf>, seen: SeenWebhook | null): Promise<Mended> =>
      world.did(mend(world.account, seen))
    const expectRight = (esp: FakeEsp, count = 1) => {
      expect(esp.webhooks).toHaveLength(count)
      const [own] = esp.webhooks.filter(({ url }) => url.includes('gate.example'))
      expect({ ...own, types: new Set(own?.types) }).toMatchObject({
        enabled: true,
        types: new Set(webhook.types),
      })
      expect(new URL(own?.url ?? '')).toMatchObject({ host: 'gate.example', pathname: '/hooks/suite' })
      if (webhook.tellsSigning) expect(own?.signed).toBe(true)
    }

    /** A webhook that points elsewhere is not mended. */
    const here = wrongs.map(([what, { url: _url, ...change }]) => [what, change] as const)
    it.each(here.filter(([, change]) => Object.keys(change).length > 0))(
      '%s is mended, and mending twice is harmless',
      async (_what, change) => {
        const world = worldOf(row)
        world.esp.webhooks.push(webhookOf(driver, change))
        const [seen] = await seenNow(world)
        await mended(world, seen ?? null)
        expectRight(world.esp)
        const once = structuredClone(world.esp.webhooks)
        await mended(world, ours(await seenNow(world)) ?? null)
        expect(world.esp.webhooks).toEqual(once)
      },
    )

    const absent: [string, FakeEsp['webhooks']][] = webhook.mends === 'existing' ? [] : [['is not there', []]]
    it
      .runIf(driver.provider !== 'mailjet')
      .each([
        ...absent,
        ['is off', [webhookOf(driver, { enabled: false })]],
        ['lacks types', [webhookOf(driver, { types: webhook.types.slice(1) })]],
      ])('of another stays byte for byte while ours %s', async (_what, own) => {
      const world = worldOf(row)
      const another = {
        id: '41',
        url: 'https://another.example/in',
        enabled: true,
        types: webhook.types.slice(2),
        signed: true,
      }
      world.esp.webhooks.push({ ...another }, ...structuredClone(own))
      await mended(world, ours(await seenNow(world)) ?? null)
      expect(world.esp.webhooks.find(({ url }) => url.includes('another'))).toEqual(another)
      expect(world.esp.webhooks.some(({ url }) => url.includes('gate.example'))).toBe(true)
    })

    it.runIf(webhook.mends !== 'existing')('that does not exist is made', async () => {
      const world = worldOf(row)
      await mended(world, null)
      expectRight(world.esp)
    })
  }

  const { details } = webhook
  it.runIf(details !== undefined)('is told with what the ESP met at our URL', async () => {
    if (details === undefined) return
    const world = worldOf(row)
    world.esp.webhooks.push(webhookOf(driver))
    const [seen] = await seenNow(world)
    if (seen === undefined) throw new Error('nothing is seen')
    expect((await world.did(details(world.account, seen))).lastError).toBeNull()
    world.esp.troubled = true
    const told = await world.did(details(world.account, seen))
    expect(told.lastError ?? told.counts ?? told.faults?.[0]).toBeTruthy()
    expect(told.lastError ?? '').not.toContain('@')
  })
})

describe.each(rows.filter(({ driver }) => driver.past))('past events of $name', (row) => {
  const { driver } = row
  const { past } = driver
  const provider = providerNamed(driver.provider)
  if (past === undefined || provider === undefined) return
  const read = async (item: unknown): Promise<readonly MailEvent[]> => {
    const body = {
      bytes: new Uint8Array(),
      contentType: 'application/json',
      query: new URLSearchParams(),
      verifiedHeaders: new Map(),
    }
    const events = await eventsOf(provider, item, body, FACTS(driver.provider))
    if (events === undefined) throw new Error(`unreadable: ${JSON.stringify(item)}`)
    return events
  }
  const readAll = async (items: readonly unknown[]) => (await Promise.all(items.map(read))).flat()

  /** Events of one a second; the span leaves out those at both ends. */
  const START_MS = NOW_MS - 86_400_000
  const span = { sinceMs: START_MS + 100_000, untilMs: START_MS + (ENTRIES - 100) * 1_000 }
  const filled = () => {
    const world = worldOf(row)
    for (let i = 0; i < ENTRIES; i++) world.esp.events.push(world.esp.event(i, START_MS + i * 1_000))
    return world
  }
  const inSpan = ({ events }: FakeEsp) =>
    events.filter(({ atMs, listed }) => atMs >= span.sinceMs && atMs < span.untilMs && listed !== null)

  const same = (one: MailEvent, other: MailEvent, withinSeconds: number): boolean =>
    one.type === other.type &&
    one.recipient === other.recipient &&
    [one.message_id, ...one.other_message_ids].some((id) =>
      [other.message_id, ...other.other_message_ids].includes(id),
    ) &&
    Math.abs(Date.parse(one.occurred_at ?? '') - Date.parse(other.occurred_at ?? '')) <= withinSeconds * 1_000

  /** Both are the same events, however often. */
  const expectSame = (found: readonly MailEvent[], delivered: readonly MailEvent[]) => {
    if (past.copies === 'same_id') {
      const byId = (events: readonly MailEvent[]) =>
        new Map(events.map(({ id, type, recipient }) => [id, { type, recipient }] as const))
      expect(byId(found)).toEqual(byId(delivered))
      return
    }
    const { withinSeconds } = past.copies
    const isIn = (events: readonly MailEvent[]) => {
      const byRecipient = Map.groupBy(events, ({ recipient }) => recipient)
      return (one: MailEvent) =>
        (byRecipient.get(one.recipient) ?? []).some((other) => same(one, other, withinSeconds))
    }
    expect(found.filter((event) => !isIn(delivered)(event))).toEqual([])
    expect(delivered.filter((event) => !isIn(found)(event))).toEqual([])
  }

  it('are those that the webhook brings, to the last page, and none outside of the span', async () => {
    const { esp, account, did } = filled()
    const items = await allPages(did, (cursor) => past.page(account, span, cursor))
    expectSame(await readAll(items), await readAll(inSpan(esp).map(({ delivered }) => delivered)))
  }, 60_000)

  it('are none where nothing happened', async () => {
    const { account, did } = worldOf(row)
    expect(await allPages(did, (cursor) => past.page(account, span, cursor))).toEqual([])
  })

  it('are all found while new ones come in between pages', async () => {
    const { esp, account, did } = filled()
    const before = inSpan(esp)
    let more = ENTRIES
    const items = await allPages(
      did,
      (cursor) => past.page(account, span, cursor),
      () => {
        if (more < ENTRIES + 20) esp.events.push(esp.event(more, NOW_MS + more++ * 1_000))
      },
    )
    expectSame(await readAll(items), await readAll(before.map(({ delivered }) => delivered)))
  }, 60_000)
})

describe.each(rows.filter(({ driver }) => driver.suppressions))('suppressions of $name', (row) => {
  const { fake, driver } = row
  const { suppressions } = driver
  if (suppressions === undefined) return
  const listAll = ({ did, account }: ReturnType<typeof worldOf>, between?: () => void) =>
    allPages(did, (cursor) => suppressions.list(account, cursor), between)

  it('are listed to the last page, with reason, scope and time', async () => {
    const world = worldOf(row)
    const entries = entriesOf(row, fake.listedMax ?? ENTRIES)
    world.esp.suppressed.push(...entries)
    const listed = await listAll(world)
    expect(listed.map(key).toSorted()).toEqual(entries.map(key).toSorted())
    const times = new Map(entries.map((entry) => [key(entry), entry.atMs]))
    for (const entry of listed) expect([null, times.get(key(entry))]).toContain(entry.atMs)
  })

  it('are all found while new ones come in between pages', async () => {
    const world = worldOf(row)
    const entries = entriesOf(row, fake.listedMax ?? ENTRIES)
    world.esp.suppressed.push(...entries)
    const [first] = entries
    let more = 0
    const listed = await listAll(world, () => {
      if (first !== undefined && more < 20)
        world.esp.suppressed.push({ ...first, address: `new${more++}@example.com` })
    })
    const found = new Set(listed.map(key))
    expect(entries.filter((entry) => !found.has(key(entry)))).toEqual([])
  })

  const { add, remove, adds, atOnce } = suppressions
  it('are added as many as go at once, and adding twice is harmless', async () => {
    expect(add === undefined).toBe(adds.length === 0)
    if (add === undefined) return
    const world = worldOf(row)
    const entries = entriesOf(row, atOnce * 8)
      .filter(({ reason }) => adds.includes(reason))
      .slice(0, atOnce)
    expect(entries).toHaveLength(atOnce)
    for (let twice = 0; twice < 2; twice++) {
      await world.did(add(world.account, entries))
      expect((await listAll(world)).map(place).toSorted()).toEqual(entries.map(place).toSorted())
    }
  })

  it.runIf(remove !== undefined)('are removed, and removing twice is harmless', async () => {
    if (remove === undefined) return
    const world = worldOf(row)
    const entries = entriesOf(row, ADDRESSES.length + 3 * atOnce)
    world.esp.suppressed.push(...entries)
    const isKept = ({ reason }: Suppressed) => suppressions.keeps?.includes(reason) === true
    const gone = entries.filter((entry) => !isKept(entry)).slice(0, atOnce)
    for (let twice = 0; twice < 2; twice++) {
      await world.did(remove(world.account, gone))
      const left = entries.filter((entry) => !gone.includes(entry))
      expect((await listAll(world)).map(key).toSorted()).toEqual(left.map(key).toSorted())
    }
    // Entries that the ESP never removes stay, and that is no error.
    const kept = entries.filter(isKept).slice(0, atOnce)
    await world.did(remove(world.account, kept))
    for (const entry of kept) expect(world.esp.suppressed).toContainEqual(entry)
  })

  it.runIf(remove !== undefined).each(['.', '..'])(
    'of %j are in no request that the parser changes',
    async (address) => {
      const { account, esp } = worldOf(row)
      const entries = suppressions.reasons.map((reason) => ({ address, reason, scope: null, atMs: null }))
      const begin = () => remove?.(account, entries) as Conversation<null>
      const { requests } = await converse(driver, account, begin(), esp.answer)
      for (const { url } of requests) expect(new URL(url).pathname.split('/').at(-1)).not.toBe('')
    },
  )

  it('name only scopes that the fake knows', () => {
    for (const scopes of Object.values(fake.scopes ?? {}))
      for (const scope of scopes) expect(scope ?? 'a:b').toMatch(/^[a-z]+:./)
  })
})

/** All conversations of a driver, as they begin in an account with something in it. */
function conversationsOf(
  { fake, driver }: { fake: Fake; driver: Driver },
  account: Account,
  seen: SeenWebhook,
) {
  const { webhook, past, suppressions } = driver
  const span = { sinceMs: NOW_MS - 86_400_000, untilMs: NOW_MS }
  const reason = suppressions?.adds[0] ?? suppressions?.reasons[0] ?? 'manual'
  const scope = fake.scopes?.[reason]?.[0] ?? null
  const entry: Suppressed = { address: 'ada@example.com', reason, scope, atMs: null }
  const all: Readonly<Record<string, (() => Conversation<unknown>) | undefined>> = {
    seen: webhook && (() => webhook.seen(account)),
    details: webhook?.details && (() => webhook.details?.(account, seen) as Conversation<unknown>),
    mend: webhook?.mend && (() => webhook.mend?.(account, seen) as Conversation<unknown>),
    past: past && (() => past.page(account, span, null)),
    list: suppressions && (() => suppressions.list(account, null)),
    add: suppressions?.add && (() => suppressions.add?.(account, [entry]) as Conversation<unknown>),
    remove: suppressions?.remove && (() => suppressions.remove?.(account, [entry]) as Conversation<unknown>),
  }
  return Object.entries(all).flatMap(([name, begin]) => (begin === undefined ? [] : [{ name, begin }]))
}

/** Conversations that read an answer, so that a wrong one must be noticed. */
const READING = new Set(['seen', 'details', 'past', 'list'])

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''
const isNull = (value: unknown): boolean => value === null
const isSeen = (seen: SeenWebhook): boolean =>
  [seen.id, seen.url, seen.lastError].every((text) => isNull(text) || isText(text)) &&
  [seen.enabled, seen.signed].every((flag) => isNull(flag) || typeof flag === 'boolean') &&
  (isNull(seen.types) || (Array.isArray(seen.types) && seen.types.every(isText))) &&
  (isNull(seen.counts) || Object.values(seen.counts ?? {}).every(Number.isFinite))
const isPage = ({ items, next }: Page<unknown>, isItem: (item: unknown) => boolean): boolean =>
  Array.isArray(items) && items.every(isItem) && (isNull(next) || typeof next === 'string')
const isSuppressed = (item: unknown): boolean => {
  const { address, reason, scope, atMs } = item as Suppressed
  return (
    isText(address) &&
    isText(reason) &&
    (isNull(scope) || isText(scope)) &&
    (isNull(atMs) || Number.isFinite(atMs))
  )
}
/** Whether a result has the form that the contract promises, so that no stranger's shape goes further. */
const FORMS: Readonly<Record<string, (result: never) => boolean>> = {
  seen: (result: readonly SeenWebhook[]) => result.every(isSeen),
  details: isSeen,
  mend: ({ secrets = {} }: Mended) => Object.values(secrets).every(isText),
  past: (result: Page<Json>) => isPage(result, isObject),
  list: (result: Page<Suppressed>) => isPage(result, isSuppressed),
  add: isNull,
  remove: isNull,
}

/** A webhook of which the ESP tells nothing. */
const UNTOLD: SeenWebhook = {
  id: '1',
  url: null,
  enabled: null,
  types: null,
  signed: null,
  lastError: null,
  counts: null,
}

/** Answers in the place of the ESP's own, how the conversation ends, and in how many seconds the ESP may be asked again. */
const TROUBLES: readonly [string, () => Response, string, number | null][] = [
  ['401', () => json(401, { message: 'no' }), 'key_refused', null],
  [
    '429',
    () => new Response('slow down', { status: 429, headers: { 'retry-after': '7' } }),
    'rate_limited',
    7,
  ],
  ['429 without Retry-After', () => new Response('', { status: 429 }), 'rate_limited', 60],
  ['500', () => json(500, {}), 'unavailable', null],
  [
    '503 with Retry-After',
    () => new Response('', { status: 503, headers: { 'retry-after': '9' } }),
    'unavailable',
    9,
  ],
  [
    'a redirect',
    () => new Response('', { status: 302, headers: { location: 'https://elsewhere.example/' } }),
    'refused',
    null,
  ],
  ['50 MB', fiftyMegabytes, 'too_large', null],
]

function fiftyMegabytes(): Response {
  let left = 50
  const megabyte = new Uint8Array(1_048_576).fill(0x20)
  return new Response(
    new ReadableStream({
      pull(controller) {
        if (left-- > 0) controller.enqueue(megabyte)
        else controller.close()
      },
    }),
  )
}

/** Bodies that are no answer of the ESP. */
const NO_ANSWERS = [
  '',
  '<html>Bad gateway</html>',
  '[]',
  'null',
  '"text"',
  '7',
  '{"results":',
  '{"results":{}}',
]

/** Also names that every object has, which a table must not know. */
const anyJson = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom('toString', 'constructor', '__proto__'),
)

/** The JSON with the value at one of its places replaced. */
function changed(value: Json, at: number, by: Json): Json {
  let left = at
  const walk = (here: Json): Json => {
    if (left-- === 0) return by
    if (Array.isArray(here)) return here.map(walk)
    return isObject(here)
      ? Object.fromEntries(Object.entries(here).map(([name, one]) => [name, walk(one)]))
      : here
  }
  return walk(value)
}

describe.each(rows)('$name, which answers otherwise', (row) => {
  const { driver } = row
  const filled = async () => {
    const world = worldOf(row)
    const { esp } = world
    esp.webhooks.push(webhookOf(driver))
    for (let i = 0; i < 7; i++) esp.events.push(esp.event(i, NOW_MS - 3_600_000 + i * 1_000))
    esp.suppressed.push(...entriesOf(row, 7))
    const [seen] = driver.webhook === undefined ? [] : await world.did(driver.webhook.seen(world.account))
    const all = (account: Account) => conversationsOf(row, account, seen ?? UNTOLD)
    return { ...world, all, conversations: all(world.account) }
  }

  it.each(TROUBLES)('%s ends each conversation at once', async (_what, trouble, code, seconds) => {
    const { talk, conversations } = await filled()
    const untilMs = seconds === null ? null : NOW_MS + seconds * 1_000
    for (const { name, begin } of conversations) {
      const { requests, ...talked } = await talk(begin(), trouble)
      expect({ name, ...talked, requests: requests.length }).toEqual({
        name,
        ok: false,
        code,
        untilMs,
        requests: 1,
      })
    }
  })

  it.each(NO_ANSWERS)('%j is unreadable', async (text) => {
    const { talk, conversations } = await filled()
    for (const { name, begin } of conversations) {
      const talked = await talk(begin(), () => new Response(text))
      const lists = text.startsWith('[') ? [] : [UNREADABLE]
      if (READING.has(name) && lists.length > 0)
        expect({ name, ...talked }).toMatchObject({ name, ok: false, code: UNREADABLE })
      else if (!talked.ok) expect([UNREADABLE, REFUSED]).toContain(talked.code)
    }
  })

  it('a wrong key is refused, whatever is asked', async () => {
    const { esp, account, all } = await filled()
    const other = { ...account, key: account.key.replace(/.$/, '_') }
    for (const { name, begin } of all(other)) {
      const { ok } = await converse(driver, other, begin(), esp.answer)
      expect({ name, ok }).toEqual({ name, ok: false })
    }
  })

  it('of any form: no conversation throws, none goes on for ever, and no stranger’s shape comes out', async () => {
    const { talk, conversations, esp } = await filled()
    for (const { name, begin } of conversations) {
      const fits = async (answer: (request: ApiRequest) => Promise<Response>) => {
        const talked = await converse(driver, worldOf(row).account, begin(), answer)
        expect(talked.requests.length).toBeLessThan(100)
        if (talked.ok)
          expect({ name, fits: FORMS[name]?.(talked.result as never) }).toEqual({ name, fits: true })
        else expect(name === 'add' ? [UNREADABLE, REFUSED] : [UNREADABLE]).toContain(talked.code)
        return true
      }
      await fc.assert(
        fc.asyncProperty(anyJson, (body) => fits(async () => Response.json(body))),
        { numRuns: 30 },
      )
      await fc.assert(
        fc.asyncProperty(fc.nat(60), anyJson, (at, by) =>
          fits(async (request) => {
            const text = await esp.answer(request).text()
            // XML is cut.
            return text === '' || text.startsWith('<')
              ? new Response(text.slice(0, at * 9))
              : Response.json(changed(JSON.parse(text) as Json, at, by as Json))
          }),
        ),
        { numRuns: 100 },
      )
      expect((await talk(begin())).ok).toBe(true)
    }
  }, 60_000)

  it('asks no other host, whatever the settings say', async () => {
    const { account } = await filled()
    const hostile = [
      'evil.example',
      '../../evil',
      '@evil.example/',
      'evil.example#',
      'a b',
      '%2e%2e',
      '?x=',
      'us',
      'constructor',
    ]
    for (const text of hostile) {
      const names = ['webhookId', 'region', 'domain', 'configurationSet', 'stream', 'list'] as const
      const settings = Object.fromEntries(names.map((name) => [name, text]))
      for (const { begin } of conversationsOf(row, { ...account, settings }, { ...UNTOLD, id: text })) {
        if (driver.regionForm?.test(text) === false) {
          expect(() => begin().next()).toThrow(RangeError)
          continue
        }
        const step = begin().next()
        if (step.done !== true) expect(row.fake.hosts).toContain(new URL(step.value.url).host)
      }
    }
  })

  it.each(driver.regions ?? [])('has its own host in region %s', async (region) => {
    const { account } = await filled()
    const hosts = (driver.regions ?? []).map((one) => {
      const [first] = conversationsOf(
        row,
        { ...account, settings: { ...account.settings, region: one } },
        UNTOLD,
      )
      const step = first?.begin().next()
      return step?.done === false ? new URL(step.value.url).host : ''
    })
    expect(new Set(hosts).size).toBe(hosts.length)
    expect(hosts[(driver.regions ?? []).indexOf(region)]).toMatch(/\./)
  })
})
