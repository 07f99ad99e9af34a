/** Facts that items of a delivery lack, as `understand` finds them. */
import { describe, expect, it } from 'vitest'
import type { DeliveryFacts } from '../../../src/event/envelope.ts'
import { utf8 } from '../../../src/platform/bytes.ts'
import { PROVIDERS } from '../../../src/providers/index.ts'
import { type Draft, type Provider, provider } from '../../../src/providers/shared/provider.ts'
import { understand } from '../../../src/providers/shared/understand.ts'
import { deliveryFacts } from '../../support/mail-events.ts'

const WHOLE: Draft = {
  type: 'email.bounced',
  native_type: 'bounce',
  occurredAtMs: 1_800_000_000_000,
  identity: ['1'],
  message_id: 'm1',
  recipient: 'ada@example.com',
}

/** An ESP whose items are drafts. */
const esp = (nameless?: Provider['nameless']): Provider =>
  provider({
    name: 'esp',
    title: 'ESP',
    secrets: {},
    authMethods: [],
    replayWindowSeconds: 60,
    ...(nameless !== undefined && { nameless }),
    read: (item) => (item === 'unreadable' ? undefined : [item as Draft]),
  })

const FACTS: DeliveryFacts = deliveryFacts({})
const BODY = { bytes: utf8(''), contentType: null, query: new URLSearchParams(), verifiedHeaders: new Map() }

async function defectsOf(items: readonly unknown[], nameless?: Provider['nameless']): Promise<string[]> {
  const { defects } = await understand(esp(nameless), items, BODY, FACTS)
  return defects.map(({ lack, type, count }) => `${count} ${lack} ${type}`.trim())
}

describe('an item lacks', () => {
  it.each<[string, unknown, string[]]>([
    ['nothing', WHOLE, []],
    ['its recipient, of a bounce', { ...WHOLE, recipient: undefined }, ['1 person bounce']],
    ['its recipient, of a complaint', { ...WHOLE, type: 'email.spam_reported', recipient: undefined }, ['1 person bounce']],
    ['its recipient, of an unsubscribe', { ...WHOLE, type: 'email.unsubscribed', recipient: undefined }, ['1 person bounce']],
    ['its recipient, of another event', { ...WHOLE, type: 'email.opened', recipient: undefined }, ['1 recipient bounce']],
    ['its recipient, if that is no address', { ...WHOLE, recipient: '+15551234567' }, ['1 person bounce']],
    ['nothing if it names several people', { ...WHOLE, recipient: 'ada@example.com, bo@example.com' }, []],
    ['nothing if the provider says that it names nobody', { ...WHOLE, recipient: null }, []],
    ['its message', { ...WHOLE, message_id: undefined }, ['1 message_id bounce']],
    ['its time', { ...WHOLE, occurredAtMs: undefined }, ['1 time bounce']],
    ['a type that is known, and then nothing else counts', { ...WHOLE, type: 'email.unknown', recipient: undefined }, ['1 type bounce']],
    ['its form, if nobody and nothing is named', { ...WHOLE, recipient: undefined, message_id: undefined }, ['1 form bounce']],
    ['its form, if it cannot be read', 'unreadable', ['1 form']],
  ])('%s', async (_, item, lacks) => {
    expect(await defectsOf([item])).toEqual(lacks)
  }) // prettier-ignore

  it('nothing that the ESP does not give by its nature', async () => {
    const item = { ...WHOLE, recipient: undefined }
    expect(await defectsOf([item], { types: 'all', why: '' })).toEqual([])
    expect(await defectsOf([item], { types: ['email.bounced'], why: '' })).toEqual([])
    expect(await defectsOf([item], { types: ['email.opened'], why: '' })).toEqual(['1 person bounce'])
  })
})

it('counts alike items once, and tells 32 kinds apart, whatever a delivery holds', async () => {
  const items = Array.from({ length: 3_000 }, (_, i) => ({
    ...WHOLE,
    identity: [i],
    native_type: i < 2_000 ? 'x'.repeat(i + 1) : 'bounce',
    occurredAtMs: undefined,
  }))
  const { defects } = await understand(esp(), items, BODY, FACTS)
  expect(defects).toHaveLength(33)
  expect(defects.reduce((sum, { count }) => sum + count, 0)).toBe(3_000)
  expect(Math.max(...defects.map(({ type }) => type.length))).toBeLessThanOrEqual(64)
})

it.each(PROVIDERS.flatMap(({ name, nameless }) => (nameless === undefined ? [] : [[name, nameless.why]])))(
  '%s says in a sentence why it names nobody',
  (_, why) => expect(why).toMatch(/^[A-Z].*\.$/),
)
