/** The gateway and the consumer may be of different versions, and messages wait in the queue for days. */
import { beforeEach, describe, expect, it } from 'vitest'
import { consume } from '../../src/consumer/consume.ts'
import { ATTEMPTS_MAX } from '../../src/consumer/retry.ts'
import type { Contents } from '../../src/event/envelope.ts'
import { utf8 } from '../../src/platform/bytes.ts'
import { listDeadLetters } from '../../src/store/dead-letters.ts'
import { listEvents } from '../../src/store/events.ts'
import { listQuarantine, readQuarantine } from '../../src/store/quarantine.ts'
import type { Store } from '../../src/store/store.ts'
import { type TestDeps, consumerDeps, deadLetter } from '../support/consumer.ts'
import { AFTER_ALL_MS, NOON_MS, contentsOf, mailEvent, quarantinedItem } from '../support/mail-events.ts'
import { TestMessage, batchOf, queueSealer } from '../support/queue.ts'
import { emptyStore } from '../support/store.ts'

const KEY = 'req_1/0'

let store: Store
let deps: TestDeps

beforeEach(async () => {
  store = await emptyStore()
  deps = consumerDeps(store)
})

const contents = async (): Promise<Contents> =>
  contentsOf([await mailEvent({ type: 'email.bounced', atMs: NOON_MS })], [quarantinedItem('{"a":1}')])

/** An object as JSON has it, with changes that no type of this version allows. */
type Json = Record<string, unknown>

const change = (what: unknown, changes: Json): Json => ({ ...(what as Json), ...changes })
const changeEach = (list: readonly unknown[], changes: Json) => list.map((one) => change(one, changes))

async function consumed(sealedJson: Json, envelope: Json = {}, attempts = 1) {
  const sealed = await queueSealer.seal(utf8(JSON.stringify(sealedJson)), KEY)
  const body = { version: 1, source: 'shop', key: KEY, kind: 'inline', sealed, ...envelope }
  const message = new TestMessage(body, { attempts })
  await consume(batchOf([message]), deps)
  return message.settled
}

const deadReasons = async () =>
  (await listDeadLetters(store, { limit: 9 })).dead_letters.map(({ reason }) => reason)

async function stored() {
  const { events } = await listEvents(store, { limit: 9 }, AFTER_ALL_MS)
  const { quarantine } = await listQuarantine(store, { limit: 9 })
  const entry = await readQuarantine(store, quarantine[0]?.id ?? '')
  return { events, quarantined: entry?.quarantined, delivery: entry?.delivery }
}

const NEW = { added_later: { deeply: ['new'] } }

type Row = [what: string, changed: (whole: Contents) => Json, envelope: Json]

const NEWER: Row[] = [
  ['the envelope', (whole) => ({ ...whole }), NEW],
  ['the contents', (whole) => change(whole, NEW), {}],
  ['the delivery', (whole) => change(whole, { delivery: change(whole.delivery, NEW) }), {}],
  [
    'the checks',
    (whole) =>
      change(whole, { delivery: change(whole.delivery, { checks: change(whole.delivery.checks, NEW) }) }),
    {},
  ],
  ['events', (whole) => change(whole, { events: changeEach(whole.events, NEW) }), {}],
  ['what is quarantined', (whole) => change(whole, { quarantined: changeEach(whole.quarantined, NEW) }), {}],
  ['contents of a later version that are readable', (whole) => change(whole, { version: 2, ...NEW }), {}],
]

describe('a message of a later version', () => {
  it.each<Row>(NEWER)('with a new field in %s is stored without it', async (_what, changed, envelope) => {
    expect(await consumed(changed(await contents()), envelope)).toBe('acked')
    const later = await stored()
    expect(await deadReasons()).toEqual([])

    store = await emptyStore()
    deps = consumerDeps(store)
    await consumed({ ...(await contents()) })
    expect(later).toEqual(await stored())
    expect(later.events).toHaveLength(1)
    expect(JSON.stringify(later)).not.toContain('added_later')
  })

  it('with a type of events that is unknown here waits for a newer consumer, and is kept if none comes', async () => {
    const whole = await contents()
    const later = change(whole, { version: 2, events: changeEach(whole.events, { type: 'email.forwarded' }) })
    expect(await consumed(later)).toEqual({ delaySeconds: 10 })
    expect(await deadReasons()).toEqual([])
    expect(await consumed(later, {}, ATTEMPTS_MAX)).toEqual({ delaySeconds: 900 })
    const sealed = await queueSealer.seal(utf8(JSON.stringify(later)), KEY)
    await deadLetter(
      [new TestMessage({ version: 1, source: 'shop', key: KEY, kind: 'inline', sealed })],
      deps,
    )
    expect(await deadReasons()).toEqual(['version_unknown'])
  })

  it.each([[1], [0], ['2'], [undefined]])(
    'is malformed if it cannot be read and says version %j',
    async (version) => {
      expect(await consumed(change(await contents(), { version, events: 'none' }))).toBe('acked')
      expect(await deadReasons()).toEqual(['contents_malformed'])
    },
  )
})
