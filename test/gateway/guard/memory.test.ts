import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Remembered, ReplayMemory } from '../../../src/gateway/guard/memory.ts'
import { toHex } from '../../../src/platform/bytes.ts'

const NOTHING = ''
const HOUR = 3_600
const NOON = 1_800_000_000 - (1_800_000_000 % HOUR)

const randomFingerprint = (): string => toHex(crypto.getRandomValues(new Uint8Array(16)))
const claims = (count: number, atSeconds = NOON): Remembered[] =>
  Array.from({ length: count }, () => ({ fingerprint: randomFingerprint(), body: NOTHING, atSeconds }))

const inStorage = <T>(work: (storage: DurableObjectStorage) => T): Promise<T> =>
  runInDurableObject(env.GUARD.getByName(`memory-${crypto.randomUUID()}`), (_, { storage }) => work(storage))

/** Rows that statements with that beginning were billed. */
function billing(storage: DurableObjectStorage, of: RegExp) {
  const billed = { rows: 0, statements: 0 }
  const sql = {
    exec: (query: string, ...bindings: SqlStorageValue[]) => {
      const cursor = storage.sql.exec(query, ...bindings)
      if (of.test(query)) {
        billed.statements += 1
        billed.rows += cursor.rowsWritten
      }
      return cursor
    },
  } as unknown as SqlStorage
  const { kv } = storage
  const counting = { sql, kv, transactionSync: <T>(work: () => T) => storage.transactionSync(work) }
  return { counting, billed }
}

const all = (memory: ReplayMemory, ones: readonly Remembered[]) =>
  new Set(ones.map(({ fingerprint, body }) => memory.find(fingerprint, body)))

describe('replay memory', () => {
  it('bills one row for claims kept together, none for a copy, none for a drop', async () => {
    const rows = await inStorage((storage) => {
      const { counting, billed } = billing(storage, /^\s*(?:INSERT|DROP|DELETE|UPDATE)/)
      const memory = new ReplayMemory(counting)
      const ones = claims(1_000)
      const seen: number[] = []
      for (const step of [
        () => memory.write(ones),
        () => memory.write(ones),
        () => memory.write(ones.slice(0, 500).concat(claims(1))),
        () => memory.drop(NOON + 3 * HOUR, 600),
      ]) {
        step()
        seen.push(billed.rows)
      }
      return seen
    })
    expect(rows).toEqual([1, 1, 2, 2])
  })

  it('closes a table for one row in 256 and its mark', async () => {
    const rows = await inStorage((storage) => {
      const { counting, billed } = billing(storage, /INSERT/)
      const memory = new ReplayMemory(counting)
      memory.write(claims(5_000))
      memory.write(claims(1, NOON + HOUR))
      return billed.rows
    })
    expect(rows).toBe(1 + Math.ceil(5_000 / 256) + 1 + 1)
  })

  it.each([
    ['open', 0],
    ['closed, its hour being over', HOUR],
  ])(
    'finds every claim and nothing else in a table that is %s, after a restart too',
    async (_what, later) => {
      const found = await inStorage((storage) => {
        const memory = new ReplayMemory(storage)
        const ones = claims(700)
        memory.write(ones)
        memory.write(claims(1, NOON + later))
        const strangers = claims(300)
        const again = new ReplayMemory(storage)
        return [memory, again].map((one) => [[...all(one, ones)], [...all(one, strangers)]])
      })
      expect(found).toEqual([
        [['same'], ['never']],
        [['same'], ['never']],
      ])
    },
  )

  it('closes a table that is full, and looks into all of them', async () => {
    const { found, tables } = await inStorage((storage) => {
      const memory = new ReplayMemory(storage, 100)
      const ones = Array.from({ length: 5 }, () => claims(100)).flatMap((pack) => {
        memory.write(pack)
        return pack
      })
      const names = storage.sql.exec(`SELECT name FROM sqlite_master WHERE name GLOB 'kept_*'`).toArray()
      return { found: [...all(memory, ones)], tables: names.length }
    })
    expect({ found, tables }).toEqual({ found: ['same'], tables: 5 })
  })

  it.each([
    ['open', 0],
    ['closed', HOUR],
  ])(
    'knows a claim bound to its body from the same around another, in a table that is %s',
    async (_w, later) => {
      const found = await inStorage((storage) => {
        const memory = new ReplayMemory(storage)
        const [fingerprint, body, other] = [randomFingerprint(), randomFingerprint(), randomFingerprint()]
        memory.write([{ fingerprint, body, atSeconds: NOON }])
        memory.write(claims(1, NOON + later))
        return [memory.find(fingerprint, body), memory.find(fingerprint, other)]
      })
      expect(found).toEqual(['same', 'other_body'])
    },
  )

  it('counts claims by second, however they were packed', async () => {
    const counts = await inStorage((storage) => {
      const memory = new ReplayMemory(storage)
      memory.write(claims(3, NOON + 1))
      memory.write(claims(2, NOON + 1))
      memory.write(claims(4, NOON + 9))
      return new ReplayMemory(storage).countsSince(NOON)
    })
    expect(counts).toEqual([
      { atSeconds: NOON + 1, count: 5 },
      { atSeconds: NOON + 9, count: 4 },
    ])
  })

  it('forgets a table when its hour and the memory are over, and only then', async () => {
    const found = await inStorage((storage) => {
      const memory = new ReplayMemory(storage)
      const [old, young] = [claims(3), claims(3, NOON + 2 * HOUR)]
      memory.write(old)
      memory.write(young)
      const before = memory.drop(NOON + HOUR + 599, 600)
      const still = [...all(memory, old)]
      const after = memory.drop(NOON + HOUR + 600, 600)
      return { before, still, after, gone: [...all(memory, old)], young: [...all(memory, young)] }
    })
    expect(found).toEqual({
      before: NOON + HOUR + 600,
      still: ['same'],
      after: NOON + 3 * HOUR + 600,
      gone: ['never'],
      young: ['same'],
    })
  })

  it('agrees with a set, whatever is written when', async () => {
    const step = fc.record({
      fingerprints: fc.array(fc.nat(40), { maxLength: 12 }),
      laterSeconds: fc.nat(2 * HOUR),
      restart: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const wrong = await inStorage((storage) => {
          const fingerprints = Array.from({ length: 41 }, randomFingerprint)
          const written = new Set<number>()
          let memory = new ReplayMemory(storage, 10)
          let atSeconds = NOON
          for (const { fingerprints: some, laterSeconds, restart } of steps) {
            atSeconds += laterSeconds
            const ones = some.map((n) => ({
              fingerprint: fingerprints[n] ?? NOTHING,
              body: NOTHING,
              atSeconds,
            }))
            memory.write([...new Map(ones.map((one, i) => [some[i], one])).values()])
            for (const n of some) written.add(n)
            if (restart) memory = new ReplayMemory(storage, 10)
          }
          return fingerprints.filter(
            (fingerprint, n) => (memory.find(fingerprint, NOTHING) === 'same') !== written.has(n),
          ).length
        })
        expect(wrong).toBe(0)
      }),
      { numRuns: 25 },
    )
  })
})
