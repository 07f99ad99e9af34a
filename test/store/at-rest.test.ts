import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { createJob } from '../../src/addresses/jobs.ts'
import { keepVerdicts } from '../../src/addresses/kept.ts'
import { NO_SERVICE, putService } from '../../src/addresses/settings.ts'
import { judgment } from '../../src/addresses/verdict.ts'
import type { StoreHandler } from '../../src/consumer/handlers/handler.ts'
import { consume } from '../../src/consumer/consume.ts'
import { compressed } from '../../src/event/original/original.ts'
import { toBase64, toBase64Url, toHex, utf8 } from '../../src/platform/bytes.ts'
import { addSuppression } from '../../src/store/suppressions.ts'
import { type TestDeps, consumerDeps, deadLetter } from '../support/consumer.ts'
import { NOON_MS, contentsOf, mailEvent, quarantinedItem } from '../support/mail-events.ts'
import { TestMessage, batchOf, inlineEnvelope } from '../support/queue.ts'
import { emptyStore, rowsOf, tablesOf } from '../support/store.ts'

/** Each is found in the store only if something is stored unsealed. */
const SEEDS = {
  address: 'Grace.Hopper@navy.example',
  normal: 'grace.hopper@navy.example',
  localPart: 'grace.hopper',
  reason: 'mailbox of Grace is closed',
  url: 'https://shop.example/cart?token=s3cret-token',
  agent: 'Mozilla/5.0 (Seeded)',
  ip: '203.0.113.77',
  tag: 'tag-of-hers',
  metadata: 'order-4711-of-hers',
  note: 'she phoned on Monday',
  key: 'key-of-the-service-4711',
}

let deps: TestDeps

/** Writes everything that can be written, with the seeds in it. */
beforeAll(async () => {
  const store = await emptyStore()
  deps = consumerDeps(store)
  const seeded = {
    recipient: SEEDS.address,
    reason: SEEDS.reason,
    url: SEEDS.url,
    user_agent: SEEDS.agent,
    client_ip: SEEDS.ip,
    tags: [SEEDS.tag],
    metadata: { [SEEDS.metadata]: SEEDS.address },
  }
  const types = ['email.bounced', 'email.spam_reported', 'email.unsubscribed', 'email.clicked'] as const
  const plain = await Promise.all([
    ...types.map((type) => mailEvent({ ...seeded, type, bounce_type: 'hard', atMs: NOON_MS })),
    ...[1, 2, 3, 4, 5].map((nr) =>
      mailEvent({ ...seeded, type: 'email.bounced', bounce_type: 'soft', atMs: NOON_MS, nr }),
    ),
    mailEvent({ ...seeded, type: 'email.subscribed', atMs: NOON_MS }),
    mailEvent({ ...seeded, type: 'email.opened', recipient: null, atMs: NOON_MS }),
    mailEvent({ ...seeded, type: 'email.opened' }),
  ])
  const original = compressed(seeded)
  if (original === undefined) throw new Error('the item is too large')
  const events = plain.map((event) => ({ ...event, original }))
  const request = {
    destinations: ['app'],
    method: 'POST',
    query: `email=${SEEDS.address}`,
    headers: { 'x-note': SEEDS.reason },
    body: toBase64(utf8(JSON.stringify(seeded))),
  }
  const contents = contentsOf(events, [quarantinedItem(JSON.stringify(seeded))])
  const envelope = await inlineEnvelope({ ...contents, request })
  const failing: StoreHandler = {
    name: 'failing',
    types: 'all',
    statements: () => {
      throw new Error(SEEDS.address)
    },
  }
  await consume(batchOf([new TestMessage(envelope)]), { ...deps, storeHandlers: [failing] })
  expect(deps.lines).toMatchObject([{ event: 'message_retried', fault: 'Error' }, { accepted: 0 }])
  await consume(batchOf([new TestMessage(envelope), new TestMessage({ version: 1, ...seeded })]), deps)
  await deadLetter([new TestMessage(envelope), new TestMessage(seeded)], deps)
  await addSuppression(store, SEEDS.address, SEEDS.note, NOON_MS)
  // A service that gives the address back in place of its word.
  const said = judgment('unknown', ['other'], { words: [SEEDS.address], suggestion: SEEDS.address })
  const checked = { ...said, by: 'kickbox', checkedAtMs: NOON_MS, expiresAtMs: NOON_MS }
  await keepVerdicts(store, [[await store.people.indexOf(SEEDS.address), checked]], NOON_MS)
  await createJob(store, [SEEDS.address], NOON_MS)
  await putService(store, NO_SERVICE, SEEDS.key, null, NOON_MS)
})

/** Every value of every table, as text in which each encoding of a seed would be found. */
async function everything(): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const table of await tablesOf(env.STORE)) {
    const columns = (await rowsOf(`PRAGMA table_xinfo(${table})`)).map((row) => String(row['name']))
    for (const column of columns) {
      const rows = await rowsOf(`SELECT CAST(${column} AS TEXT) AS text, hex(${column}) AS hex FROM ${table}`)
      found.set(
        `${table}.${column}`,
        rows
          .map((row) => `${String(row['text'])}\n${String(row['hex'])}`)
          .join('\n')
          .toLowerCase(),
      )
    }
  }
  return found
}

const spellings = (seed: string): string[] => {
  const bytes = utf8(seed)
  // The Base64 of a text depends on its offset in a longer text, so only the independent part is searched for.
  const shifted = [0, 1, 2].map((skip) => toBase64(bytes.subarray((3 - skip) % 3)).slice(0, -4))
  return [seed, encodeURIComponent(seed), toHex(bytes), toBase64(bytes), toBase64Url(bytes), ...shifted].map(
    (text) => text.toLowerCase(),
  )
}

describe('the stored data', () => {
  it('fills every table', async () => {
    const empty = []
    for (const table of await tablesOf(env.STORE)) {
      if ((await rowsOf(`SELECT 1 FROM ${table} LIMIT 1`)).length === 0) empty.push(table)
    }
    // Large deliveries store only their key. The inverted index is written after 512 segments. The policy is the default one. The others are only numbers.
    const numbers = ['archive_files', 'archive_progress', 'erasure_progress', 'erasures', 'history']
    expect(empty).toEqual([
      ...numbers,
      'inverted_index',
      'judged_progress',
      'large_deliveries',
      'mailbox_waves',
      'policy',
      'retention_progress',
    ])
  })

  it.each(Object.entries(SEEDS))('has the %s nowhere unsealed, in any encoding', async (_what, seed) => {
    const places = [...(await everything())].filter(([, text]) =>
      spellings(seed).some((spelling) => text.includes(spelling)),
    )
    expect(places.map(([place]) => place)).toEqual([])
  })

  it('would be found by this search, if it were not sealed', async () => {
    // Data that is not personal is not sealed.
    const text = [...(await everything()).values()].join('\n')
    for (const plain of ['email.spam_reported', 'm-1', 'shop']) {
      expect(spellings(plain).some((spelling) => text.includes(spelling))).toBe(true)
    }
    for (const hidden of [
      `{"recipient":"${SEEDS.address}"}`,
      `x{"a":"${SEEDS.address}"}`,
      `xy${SEEDS.address}z`,
    ]) {
      const forms = [hidden.toLowerCase(), toHex(utf8(hidden)), toBase64(utf8(hidden)).toLowerCase()]
      for (const form of forms)
        expect(spellings(SEEDS.address).some((spelling) => form.includes(spelling))).toBe(true)
    }
  })

  it('is in no log line', () => {
    expect(deps.lines.length).toBeGreaterThan(2)
    for (const seed of Object.values(SEEDS)) {
      expect(JSON.stringify(deps.lines).toLowerCase()).not.toContain(seed.toLowerCase())
    }
  })
})
