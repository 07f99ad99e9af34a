import { beforeEach, describe, expect, it } from 'vitest'
import { storeDeadLetter, listDeadLetters, removeDeadLetter } from '../../../src/store/dead-letters.ts'
import { NOON_MS, contentsOf, mailEvent } from '../../support/mail-events.ts'
import { asSent, inlineEnvelope } from '../../support/queue.ts'
import { emptyStore } from '../../support/store.ts'
import { type TestConsole, newConsole, store } from '../support.ts'

/** Dead-letters a message with one event. The letters of a test fail one second apart. */
async function letter(nr: number): Promise<{ id: string; eventId: string }> {
  const event = await mailEvent({ type: 'email.sent', atMs: NOON_MS, nr })
  const envelope = await inlineEnvelope(contentsOf([event]), `req_${nr}/0`)
  const failedAtMs = NOON_MS + nr * 1_000
  const deadLetterWrite = {
    messageId: 'q',
    envelope,
    eventTypes: ['email.sent', 'email.bounced', 'email.sent'],
    reason: 'store_failed',
    fault: 'RangeError',
    attempts: 12,
    firstFailedAtMs: NOON_MS - 60_000,
  } as const
  await storeDeadLetter(store, deadLetterWrite, failedAtMs)
  return { id: `req_${nr}.0`, eventId: (await asSent(event)).id }
}

const stray = (): Promise<void> =>
  storeDeadLetter(
    store,
    { messageId: 'q', envelope: undefined, reason: 'envelope_malformed', attempts: 1 },
    NOON_MS,
  )

const left = async (): Promise<string[]> =>
  (await listDeadLetters(store, { limit: 500 })).dead_letters.map(({ id }) => id)

/** A console whose queue refuses the letters of these keys. */
function refusing(...keys: string[]): TestConsole {
  const here = newConsole()
  const send = here.queue.send.bind(here.queue)
  here.queue.send = (envelope) =>
    keys.includes(envelope.key) ? Promise.reject(new Error('Queue send failed')) : send(envelope)
  return here
}

const redrive = (here: TestConsole, body: unknown) => here.api('POST', '/api/dead-letters/redrive', body)

beforeEach(emptyStore)

describe('dead letters', () => {
  it('are listed, latest failure first, without their contents', async () => {
    await letter(1)
    await letter(2)
    const { json } = await newConsole().api('GET', '/api/dead-letters')
    expect(json).toMatchObject({
      dead_letters: [
        {
          id: 'req_2.0',
          source: 'shop',
          event_types: ['email.bounced', 'email.sent'],
          reason: 'store_failed',
          fault: 'RangeError',
          attempts: 12,
          first_failed_at: new Date(NOON_MS - 60_000).toISOString(),
          last_failed_at: new Date(NOON_MS + 2_000).toISOString(),
        },
        { id: 'req_1.0' },
      ],
      next_cursor: null,
    })
    expect(JSON.stringify(json)).not.toContain('ada@example.com')
  })

  it('are redriven one by one', async () => {
    const [one, two] = [await letter(1), await letter(2)]
    const here = newConsole()
    expect((await redrive(here, { ids: [one.id] })).json).toEqual({
      redriven: [one.id],
      failed: [],
      more: false,
      matching: null,
      until: null,
    })
    expect(await here.queue.eventIds()).toEqual([one.eventId])
    expect(await left()).toEqual([two.id])
  })

  it('are redriven all at once, oldest first, except messages that are not Postern’s', async () => {
    const letters = [await letter(1), await letter(2), await letter(3)]
    await stray()
    const here = newConsole()
    expect((await redrive(here, { all: true })).json).toMatchObject({
      redriven: letters.map(({ id }) => id),
      failed: [],
      more: false,
    })
    expect((await here.queue.eventIds()).sort()).toEqual(letters.map(({ eventId }) => eventId).sort())
    expect(await left()).toEqual(['msg_q'])
  })

  it.each([
    [{}, ['req_1.0', 'req_2.0', 'req_3.0']],
    [{ source: 'shop' }, ['req_1.0', 'req_2.0', 'req_3.0']],
    [{ source: 'news' }, []],
    [{ reason: 'seal_broken' }, []],
    [{ reason: 'store_failed', until: new Date(NOON_MS + 3_000).toISOString() }, ['req_1.0', 'req_2.0']],
  ])('are counted by a plan for %j, and then redriven', async (narrowed, ids) => {
    for (const nr of [1, 2, 3]) await letter(nr)
    await stray()
    const here = newConsole()
    const planned = (await redrive(here, { all: true, ...narrowed, plan: true })).json
    expect(planned).toMatchObject({ matching: ids.length, redriven: [] })
    expect(await left()).toHaveLength(4)
    expect((await redrive(here, { all: true, ...narrowed, until: planned['until'] })).json).toMatchObject({
      redriven: ids,
      until: planned['until'],
    })
    expect(await left()).toHaveLength(4 - ids.length)
  })

  it('that fail again are not redriven again by the next call with the same until', async () => {
    await letter(1)
    const here = newConsole()
    const { json } = await redrive(here, { all: true })
    await storeDeadLetter(store, { messageId: 'q', envelope: await inlineEnvelope(contentsOf([]), 'req_1/0'), reason: 'seal_broken', attempts: 1 }, here.clock.nowMs + 1) // prettier-ignore
    expect((await redrive(here, { all: true, until: json['until'] })).json).toMatchObject({ redriven: [] })
    expect(await left()).toEqual(['req_1.0'])
  })

  it('fail independently, and the failed ones stay', async () => {
    for (const nr of [1, 2, 3]) await letter(nr)
    await stray()
    const ids = ['req_1.0', 'req_2.0', 'req_3.0', 'msg_q', 'req_9.0']
    const { status, json } = await redrive(refusing('req_2/0'), { ids })
    expect(status).toBe(200)
    expect(json['redriven']).toEqual(['req_1.0', 'req_3.0'])
    expect(json['failed']).toEqual(
      expect.arrayContaining([
        { id: 'req_2.0', problem: 'queue_unavailable' },
        { id: 'msg_q', problem: 'not_an_envelope' },
        { id: 'req_9.0', problem: 'dead_letter_unknown' },
      ]),
    )
    expect((await left()).sort()).toEqual(['msg_q', 'req_2.0'])
  })

  it('named twice are redriven once', async () => {
    const { id, eventId } = await letter(1)
    const here = newConsole()
    expect((await redrive(here, { ids: [id, id] })).json).toMatchObject({ redriven: [id], failed: [] })
    expect(await here.queue.eventIds()).toEqual([eventId])
  })

  it('stay if the consumer dead-letters them again meanwhile', async () => {
    const { id } = await letter(1)
    const here = newConsole()
    const send = here.queue.send.bind(here.queue)
    here.queue.send = async (envelope) => {
      await storeDeadLetter(
        store,
        { messageId: 'q', envelope, reason: 'seal_broken', attempts: 1 },
        NOON_MS + 5_000,
      )
      return send(envelope)
    }
    expect((await redrive(here, { ids: [id] })).json).toMatchObject({ redriven: [id] })
    expect((await listDeadLetters(store, { limit: 1 })).dead_letters).toMatchObject([
      { id, reason: 'seal_broken' },
    ])
  })

  it('are deleted on request', async () => {
    const { id } = await letter(1)
    const { api } = newConsole()
    expect((await api('DELETE', `/api/dead-letters/${id}`)).json).toEqual({ removed: id })
    expect((await api('DELETE', `/api/dead-letters/${id}`)).json).toMatchObject({
      code: 'dead_letter_unknown',
    })
  })

  it('beyond the limit of one call are counted as left', { timeout: 60_000 }, async () => {
    const envelope = await inlineEnvelope(contentsOf([]), 'req_many/0')
    for (let nr = 0; nr < 501; nr++) {
      const one = { ...envelope, key: `req_many_${nr}/0` }
      await storeDeadLetter(
        store,
        { messageId: 'q', envelope: one, reason: 'store_failed', attempts: 12 },
        NOON_MS + nr,
      )
    }
    const here = newConsole()
    const first = await redrive(here, { all: true })
    expect(first.json).toMatchObject({ failed: [], more: true })
    expect(first.json['redriven']).toHaveLength(500)
    expect((await redrive(here, { all: true })).json).toMatchObject({
      redriven: ['req_many_500.0'],
      more: false,
    })
    expect(await left()).toEqual([])
  })
})

it('a letter is removed only if it has not changed since it was read', async () => {
  const { id } = await letter(1)
  expect(await removeDeadLetter(store, id, new Date(NOON_MS).toISOString())).toBe(false)
  expect(await removeDeadLetter(store, id, new Date(NOON_MS + 1_000).toISOString())).toBe(true)
})
