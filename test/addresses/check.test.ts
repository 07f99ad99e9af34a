/** Checks against the real store, with a resolver and services that a test answers for. */
import { beforeEach, describe, expect, it } from 'vitest'
import { type Answered, checkAddresses, toFixedHosts } from '../../src/addresses/check.ts'
import { createJob, findJob, forgetJobs, jobResults, stopJob, workOnJobs } from '../../src/addresses/jobs.ts'
import { forgetVerdicts, keepVerdicts, keptVerdicts } from '../../src/addresses/kept.ts'
import { serviceNamed } from '../../src/addresses/services/index.ts'
import { NO_SERVICE, putService, readService } from '../../src/addresses/settings.ts'
import { judgment } from '../../src/addresses/verdict.ts'
import { destroyKeys } from '../../src/store/erasures/rows.ts'
import { removeSuppression } from '../../src/store/suppressions.ts'
import type { Store } from '../../src/store/store.ts'
import { Deadlines } from '../../src/outbound/deadlines.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/platform/time.ts'
import { NOW_MS, consumeEvents, consumerDeps } from '../support/consumer.ts'
import { countOf, emptyStore, rowsOf } from '../support/store.ts'
import { type SimulatedEvent, mailEvent } from '../support/mail-events.ts'
import { type FakeAnswer, FAKES } from './fakes.ts'

const KEY = 'key-of-the-service'

let store: Store
let nowMs: number
/** Addresses that a service was asked about. */
let asked: string[]
/** Names that the resolver was asked for. */
let looked: string[]
/** By the local part of the address, of whatever service is set. */
let answers: Readonly<Record<string, FakeAnswer | Response | (() => Promise<Response>)>>
let missing: readonly string[]
let mayAsk: () => boolean

beforeEach(async () => {
  store = await emptyStore()
  nowMs = NOW_MS
  ;[asked, looked, answers, missing] = [[], [], {}, []]
  mayAsk = () => true
})

const DELIVERABLE: FakeAnswer = {
  body: { result: 'deliverable', reason: 'accepted_email' },
  means: ['deliverable'],
}

const fetcher: typeof fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input)
  if (url.host === 'cloudflare-dns.com') return resolved(url.searchParams)
  const body = typeof init?.body === 'string' ? init.body : ''
  const fields = new URLSearchParams(body.startsWith('{') ? Object(JSON.parse(body)) : body)
  const address = url.searchParams.get('email') ?? fields.get('email') ?? fields.get('address') ?? ''
  asked.push(address)
  const answer = answers[address.split('@')[0] ?? ''] ?? DELIVERABLE
  if (typeof answer === 'function') return answer()
  if (answer instanceof Response) return answer.clone()
  return Response.json(answer.body, { status: answer.status ?? 200 })
}

function resolved(query: URLSearchParams): Response {
  const [name, type] = [query.get('name') ?? '', query.get('type') ?? '']
  if (type === 'MX') looked.push(name)
  if (missing.includes(name)) return Response.json({ Status: 3 })
  const records = { MX: { type: 15, data: '10 mx.example.com.' }, A: { type: 1, data: '8.8.8.8' } }[type]
  return Response.json({ Status: 0, Answer: records === undefined ? [] : [{ ...records, TTL: 3_600 }] })
}

const deps = () => ({
  store,
  nowMs: () => nowMs,
  mayAsk: () => mayAsk(),
  send: toFixedHosts(fetcher, () => nowMs),
})
const check = (...addresses: readonly string[]) => checkAddresses(deps(), addresses)

async function checkOne(address: string): Promise<Answered> {
  const [answer] = await check(address)
  if (answer === undefined) throw new TypeError('no answer')
  return answer
}

const set = (service = 'kickbox', budget = 1_000) =>
  putService(store, { ...NO_SERVICE, service, budget_a_day: budget }, KEY, null, nowMs)

const sent = (event: Partial<SimulatedEvent>) =>
  mailEvent({
    type: 'email.bounced',
    bounce_type: 'hard',
    recipient: 'ada@example.com',
    atMs: nowMs - HOUR_MS,
    ...event,
  }).then((one) => consumeEvents(consumerDeps(store), [one]))

const HARD = { reason: '550 5.1.1 User unknown', cause: 'no_mailbox' } as const

describe('without a service', () => {
  it.each([
    ['ada@example.com', 'unknown', ['not_probed'], 'dns'],
    ['no address', 'undeliverable', ['syntax'], 'syntax'],
    ['ada@mailinator.com', 'risky', ['not_probed', 'disposable'], 'lists'],
    ['ada@gone.example', 'undeliverable', ['no_domain'], 'dns'],
    ['ada@gamil.com', 'unknown', ['not_probed', 'typo'], 'dns'],
    ['用户@example.com', 'unknown', ['not_probed', 'other'], 'dns'],
  ])('%s is %s', async (address, verdict, reasons, by) => {
    missing = ['gone.example']
    expect(await checkOne(address)).toMatchObject({ address, verdict, reasons, by, pending: null })
    expect(asked).toEqual([])
  })

  it('suggests the same person at another domain', async () =>
    expect((await checkOne('Ada+x@gamil.com')).suggestion).toBe('Ada+x@gmail.com'))

  it('asks about a domain once, and not again while its records live', async () => {
    await check('ada@example.com', 'grace@example.com', 'ada@bücher.example')
    expect(looked.toSorted()).toEqual(['example.com', 'xn--bcher-kva.example'])
    await check('ada@example.com', 'ADA@example.com')
    expect(looked).toHaveLength(2)
    nowMs += HOUR_MS + 1
    await check('ada@example.com')
    expect(looked).toHaveLength(3)
  })

  it('answers in the order of the list, also if an address is in it twice', async () => {
    const found = await check('b@example.com', 'a@example.com', 'B@example.com')
    expect(found.map(({ address }) => address)).toEqual(['b@example.com', 'a@example.com', 'B@example.com'])
  })
})

describe('own events', () => {
  it.each<readonly [string, Partial<SimulatedEvent>, string, readonly string[]]>([
    ['a bounce', HARD, 'undeliverable', ['known_bounce', 'mailbox_not_found']],
    ['a complaint', { type: 'email.spam_reported' }, 'risky', ['complainer']],
    ['a delivery', { type: 'email.delivered' }, 'deliverable', ['accepted']],
  ])('%s stands above a service, which is not asked', async (_, event, verdict, reasons) => {
    await set()
    await sent(event)
    expect(await checkOne('ADA@example.com')).toMatchObject({ verdict, reasons, by: 'events' })
    expect([asked, looked]).toEqual([[], []])
  })

  it.each<readonly [string, Partial<SimulatedEvent>]>([
    ['a bounce of which the sender is the cause', { cause: 'reputation' }],
    ['a soft bounce', { ...HARD, bounce_type: 'soft' }],
    ['an unsubscribe', { type: 'email.unsubscribed' }],
  ])('%s says nothing of the address', async (_, event) => {
    await sent(event)
    expect((await checkOne('ada@example.com')).by).toBe('dns')
  })

  it('a bounce that an operator has lifted says nothing', async () => {
    await sent(HARD)
    await removeSuppression(store, 'ada@example.com', nowMs)
    expect((await checkOne('ada@example.com')).by).toBe('dns')
  })

  it('a delivery after an undeliverable makes it unknown', async () => {
    await set()
    answers = { ada: { body: { result: 'undeliverable', reason: 'rejected_email' }, means: 'later' } }
    expect((await checkOne('ada@example.com')).verdict).toBe('undeliverable')
    nowMs += DAY_MS
    await sent({ type: 'email.delivered' })
    expect(await checkOne('ada@example.com')).toMatchObject({
      verdict: 'unknown',
      reasons: ['accepted', 'mailbox_not_found'],
    })
  })
})

describe.each(Object.keys(FAKES))('%s', (name) => {
  const fake = FAKES[name] ?? {}
  it('gives what its words mean, and each is kept for its time', async () => {
    await set(name)
    answers = fake
    const said = Object.entries(fake).filter(([, { means }]) => typeof means !== 'string')
    for (const [local, { means }] of said) {
      const found = await checkOne(`${local}@example.com`)
      expect([local, found.verdict, found.by]).toEqual([local, means[0], name])
    }
    const before = asked.length
    expect(before).toBe(said.length)
    await check(...said.map(([local]) => `${local.toUpperCase()}@example.com`))
    expect(asked).toHaveLength(before)
    expect((await readService(store, nowMs)).spentToday).toBe(before)
  })

  it.each(Object.entries(fake).filter(([, { means }]) => typeof means === 'string'))(
    'gives no verdict by %s',
    async (local, { means }) => {
      await set(name)
      answers = fake
      expect(await checkOne(`${local}@example.com`)).toMatchObject({
        verdict: 'unknown',
        by: 'dns',
        pending: means,
      })
      const { failure, pausedUntilMs } = await readService(store, nowMs)
      if (means === 'not_done') return expect(failure).toBeNull()
      expect([failure, pausedUntilMs > nowMs]).toEqual([means, means !== 'unreadable'])
    },
  )

  it.each([
    ['an empty body', new Response('')],
    ['a megabyte', new Response(`{"status":"${'x'.repeat(1_000_000)}"}`)],
    ['a redirect', new Response('', { status: 302, headers: { location: 'https://evil.example' } })],
  ])('gives no verdict by %s', async (_, response) => {
    await set(name)
    answers = { ada: response }
    expect(await checkOne('ada@example.com')).toMatchObject({ verdict: 'unknown', pending: 'unreadable' })
    expect(asked).toEqual(['ada@example.com'])
  })

  it('gets the whole address, in its envelope form', async () => {
    await set(name)
    answers = {}
    await check("ada+o'x@bücher.example")
    expect(asked).toEqual(["ada+o'x@xn--bcher-kva.example"])
    expect(serviceNamed(name)?.label).toBeTruthy()
  })
})

describe('a service', () => {
  it('is asked for an address once, however many ask', async () => {
    await set()
    const { promise, resolve } = Promise.withResolvers<Response>()
    answers = { ada: () => promise }
    const first = checkOne('ada@example.com')
    while (asked.length === 0) await new Promise((done) => setTimeout(done, 1))
    expect(await checkOne('ada@example.com')).toMatchObject({ verdict: 'unknown', pending: 'asked_already' })
    resolve(Response.json({ result: 'risky', reason: 'low_quality' }))
    expect((await first).verdict).toBe('risky')
    expect((await checkOne('ada@example.com')).verdict).toBe('risky')
    expect(asked).toHaveLength(1)
  })

  it('is asked again if its caller died', async () => {
    await set()
    const { promise, resolve } = Promise.withResolvers<Response>()
    answers = { ada: () => promise }
    const dead = checkOne('ada@example.com')
    while (asked.length === 0) await new Promise((done) => setTimeout(done, 1))
    answers = {}
    nowMs += MINUTE_MS
    expect((await checkOne('ada@example.com')).verdict).toBe('deliverable')
    resolve(new Response(''))
    await dead
  })

  it('is not asked where the domain takes no mail, and not about a disposable one', async () => {
    await set()
    missing = ['gone.example']
    const found = await check('ada@gone.example', 'ada@mailinator.com', 'no address')
    expect(found.map(({ verdict }) => verdict)).toEqual(['undeliverable', 'risky', 'undeliverable'])
    expect(asked).toEqual([])
  })

  it.each([
    ['a minute', { status: 429, body: {}, means: 'slow_down' as const }, MINUTE_MS],
    ['an hour', { status: 401, body: {}, means: 'key_refused' as const }, HOUR_MS],
    [
      'as long as it asks for',
      Response.json({}, { status: 429, headers: { 'retry-after': '300' } }),
      5 * MINUTE_MS,
    ],
  ])('is left alone for %s, and then works again', async (_, answer, pauseMs) => {
    await set()
    answers = { ada: answer }
    await check('ada@example.com')
    answers = {}
    nowMs += pauseMs - 1
    expect((await checkOne('grace@example.com')).pending).not.toBeNull()
    expect(asked).toEqual(['ada@example.com'])
    nowMs += 1
    expect((await checkOne('ada@example.com')).verdict).toBe('deliverable')
    expect(await readService(store, nowMs)).toMatchObject({ failure: null, pausedUntilMs: 0 })
  })

  it('that is still at work is asked for that address a minute later', async () => {
    await set('emailable')
    answers = { ada: FAKES['emailable']?.['not_done'] ?? new Response() }
    expect((await checkOne('ada@example.com')).pending).toBe('not_done')
    expect((await checkOne('ada@example.com')).pending).toBe('asked_already')
    answers = { ada: FAKES['emailable']?.['deliverable'] ?? new Response() }
    nowMs += MINUTE_MS
    expect((await checkOne('ada@example.com')).verdict).toBe('deliverable')
    expect(asked).toHaveLength(2)
  })

  it('is asked as often in a day as its budget says', async () => {
    await set('kickbox', 2)
    const found = await check('a@example.com', 'b@example.com', 'c@example.com', 'd@example.com')
    expect(found.map(({ pending }) => pending ?? 'answered').toSorted()).toEqual([
      'answered',
      'answered',
      'budget_used_up',
      'budget_used_up',
    ])
    expect(asked).toHaveLength(2)
    nowMs += DAY_MS
    expect((await checkOne('c@example.com')).verdict).toBe('deliverable')
  })

  it('is not asked when there is no time left', async () => {
    await set()
    mayAsk = () => false
    expect(await checkOne('ada@example.com')).toMatchObject({ verdict: 'unknown', pending: 'no_time' })
    expect([asked, looked, await countOf('address_verdicts')]).toEqual([[], [], 0])
  })

  it.each([
    ['is too slow', () => Promise.withResolvers<Response>().promise, 'not_done'],
    ['answers what nobody can read', new Response('?'), 'unreadable'],
  ])(
    'that %s twice in a row is left alone for ten minutes, and so are these addresses',
    async (_, answer, pending) => {
      await set()
      answers = { ada: answer, eve: answer }
      const slowly = { ...deps(), send: { ...deps().send, deadlines: new Deadlines(() => nowMs) } }
      slowly.send.deadlines.within = async (_ms, work) =>
        Promise.race([
          work(new AbortController().signal),
          new Promise<undefined>((end) => setTimeout(end, 20, undefined)),
        ])
      const pendingOf = async (address: string) => (await checkAddresses(slowly, [address]))[0]?.pending
      expect(await pendingOf('ada@example.com')).toBe(pending)
      expect(await pendingOf('ada@example.com')).toBe('asked_already')
      expect(await pendingOf('eve@example.com')).toBe(pending)
      expect(await pendingOf('grace@example.com')).toBe('later')
      expect(asked).toHaveLength(2)
      answers = {}
      nowMs += 10 * MINUTE_MS
      expect((await check('grace@example.com', 'ada@example.com')).map(({ verdict }) => verdict)).toEqual([
        'deliverable',
        'deliverable',
      ])
    },
  )

  it('suggests no other person', async () => {
    await set()
    const said = (did_you_mean: string) => ({
      body: { result: 'risky', did_you_mean },
      means: 'later' as const,
    })
    answers = { ada: said('adam@gmail.com'), eve: said('eve@gmail.com') }
    const found = await check('ada@gmall.example', 'eve@gmall.example')
    expect(found.map(({ suggestion }) => suggestion)).toEqual([null, 'eve@gmail.com'])
  })
})

describe('what is kept', () => {
  it('is the newer verdict, whoever writes last', async () => {
    const person = await store.people.indexOf('ada@example.com')
    const said = (by: string, checkedAtMs: number) =>
      [[person, { ...judgment('risky', ['other']), by, checkedAtMs, expiresAtMs: nowMs + DAY_MS }]] as const
    await keepVerdicts(store, said('kickbox', nowMs), nowMs)
    await keepVerdicts(store, said('dns', nowMs - 1), nowMs)
    expect((await keptVerdicts(store, [person], nowMs)).get(person)?.by).toBe('kickbox')
  })

  it('goes with the person, and does not come back by a check that was begun before', async () => {
    await set()
    const job = await createJob(store, ['ada@example.com', 'grace@example.com'], nowMs)
    await check('ada@example.com', 'grace@example.com')
    const { promise, resolve } = Promise.withResolvers<Response>()
    answers = { late: () => promise }
    const late = checkOne('late@example.com')
    while (asked.length < 3) await new Promise((done) => setTimeout(done, 1))

    const people = await Promise.all(
      ['ada@example.com', 'late@example.com'].map((one) => store.people.indexOf(one)),
    )
    const erasures = people.map((person, i) => ({
      number: i + 1,
      person,
      erasedAtMs: nowMs,
      keepsSuppression: true,
    }))
    await destroyKeys(store.db, erasures)
    resolve(Response.json({ result: 'risky' }))
    await late
    expect((await keptVerdicts(store, people, nowMs)).size).toBe(0)
    expect(await countOf('address_verdicts')).toBe(1)
    expect((await rowsOf('SELECT part FROM address_job_rows')).map(({ part }) => part)).toEqual([1])
    nowMs += 1
    await workOnJobs(deps())
    expect((await jobResults(store, job ?? '', -1, 10)).results.map(({ address }) => address)).toEqual([
      'grace@example.com',
    ])
    // A person who comes again is somebody new.
    await check('ada@example.com')
    expect(await countOf('address_verdicts')).toBe(2)
  })

  it('goes when its time is over', async () => {
    await set()
    await check('ada@example.com')
    expect(await forgetVerdicts(store, nowMs + 29 * DAY_MS, 10)).toBe(0)
    nowMs += 30 * DAY_MS
    await check('ada@example.com')
    expect(asked).toHaveLength(2)
    expect(await forgetVerdicts(store, nowMs + 30 * DAY_MS, 10)).toBe(1)
    expect(await countOf('address_verdicts')).toBe(0)
  })
})

describe('a list', () => {
  const many = Array.from({ length: 100 }, (_, nr) => `p${nr}@example.com`)
  const created = async (addresses = many) => {
    const id = await createJob(store, addresses, nowMs)
    if (id === undefined) throw new TypeError('the list was not taken')
    return id
  }

  it('is checked to its end, and each address is asked for once', async () => {
    await set()
    const id = await created([...many, 'P0@example.com', 'no address'])
    expect(await findJob(store, id)).toMatchObject({ addresses: 102, done: 0, ended_at: null })
    expect(await workOnJobs(deps())).toBe(102)
    const job = await findJob(store, id)
    expect(job).toMatchObject({ done: 102, ended_at: nowMs, stopped_at: null })
    expect(JSON.parse(job?.verdicts ?? '')).toEqual({ deliverable: 101, undeliverable: 1 })
    expect(asked).toHaveLength(100)
    const first = await jobResults(store, id, -1, 60)
    const rest = await jobResults(store, id, first.next ?? -1, 60)
    expect([...first.results, ...rest.results].map(({ address }) => address)).toEqual([
      ...many,
      'P0@example.com',
      'line 102',
    ])
    expect(rest.next).toBeNull()
  })

  it('goes on where it was after each death, and asks nobody twice', async () => {
    await set()
    const id = await created()
    for (let runs = 0; (await findJob(store, id))?.ended_at === null; runs++) {
      if (runs > 40) throw new Error('it does not end')
      let calls = 0
      mayAsk = () => {
        if (++calls > 12) throw new Error('dies')
        return true
      }
      await workOnJobs(deps()).catch(() => undefined)
      // The claims of the dead end by themselves.
      nowMs += MINUTE_MS
    }
    expect(await findJob(store, id)).toMatchObject({ done: 100 })
    expect(new Set(asked).size).toBe(100)
    expect(asked).toHaveLength(100)
  })

  it('waits for credit that is used up in its middle, and for the budget of another day', async () => {
    await set('kickbox', 60)
    answers = { p40: FAKES['kickbox']?.['insufficient-balance'] ?? new Response() }
    const id = await created()
    await workOnJobs(deps())
    expect(await findJob(store, id)).toMatchObject({ ended_at: null })
    expect(await readService(store, nowMs)).toMatchObject({ failure: 'no_credit' })
    const before = asked.length
    await workOnJobs(deps())
    expect(asked).toHaveLength(before)
    answers = {}
    nowMs += HOUR_MS
    await workOnJobs(deps())
    expect(asked).toHaveLength(60)
    nowMs += DAY_MS
    await workOnJobs(deps())
    expect(await findJob(store, id)).toMatchObject({ done: 100, ended_at: nowMs })
  })

  it('ends without an answer for an address with which a service is never done', async () => {
    await set('emailable')
    answers = { slow: FAKES['emailable']?.['not_done'] ?? new Response() }
    const id = await created(['slow@example.com'])
    for (let minutes = 0; minutes < 25; minutes++) {
      await workOnJobs(deps())
      nowMs += MINUTE_MS
    }
    expect(JSON.parse((await findJob(store, id))?.verdicts ?? '')).toEqual({ unknown: 1 })
    expect((await findJob(store, id))?.ended_at).not.toBeNull()
  })

  it('is stopped, and goes two weeks later', async () => {
    const id = await created()
    expect(await stopJob(store, id, nowMs)).toBe(true)
    expect(await workOnJobs(deps())).toBe(0)
    expect(await findJob(store, id)).toMatchObject({ done: 0, stopped_at: nowMs })
    expect(await stopJob(store, 'job_none', nowMs)).toBe(false)
    expect(await forgetJobs(store, nowMs + 14 * DAY_MS)).toBe(0)
    expect(await forgetJobs(store, nowMs + 14 * DAY_MS + 1)).toBe(1)
    expect(await countOf('address_job_rows')).toBe(0)
  })

  it('is not taken beside twenty others', async () => {
    for (let nr = 0; nr < 20; nr++) await created(['ada@example.com'])
    expect(await createJob(store, ['ada@example.com'], nowMs)).toBeUndefined()
  })
})
