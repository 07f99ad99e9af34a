import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { type AuditLine, NO_LINES, auditKey, lineAfter } from '../../../src/registry/audit/chain.ts'
import { verifyChain } from '../../../src/registry/audit/audit.ts'
import { WHO } from '../../support/who.ts'

const LINES = 6
let key: CryptoKey
let lines: AuditLine[] = []

/** A log whose lines name their numbers, so that no two are equal. */
async function logOf(key: CryptoKey, count: number): Promise<AuditLine[]> {
  const made: AuditLine[] = []
  for (let i = 0; i < count; i++) {
    const entry = {
      at: '2026-11-25T00:00:00.000Z',
      action: 'source.changed' as const,
      target: `source/shop-${i}`,
      ...WHO,
      before: null,
      after: { ratePerMinute: i },
    }
    made.push(await lineAfter(made.at(-1) ?? NO_LINES, entry, key))
  }
  return made
}

beforeAll(async () => {
  key = await auditKey(new Uint8Array(32).fill(5))
  lines = await logOf(key, LINES)
})

const at = (i: number): AuditLine => lines[i] ?? { seq: 0, text: '', mac: '' }
const without = (...places: number[]) => lines.filter((_, i) => !places.includes(i))
const withChange = (i: number, change: Partial<AuditLine>) =>
  lines.map((line, place) => (place === i ? { ...line, ...change } : line))

it('an unchanged log verifies from its beginning, and each part of it from the previous head', async () => {
  for (let from = 0; from <= LINES; from++) {
    const head = from === 0 ? NO_LINES : at(from - 1)
    expect(await verifyChain(head, lines.slice(from), key)).toMatchObject({
      ok: true,
      head: { seq: LINES, mac: from === LINES ? head.mac : at(LINES - 1).mac },
    })
  }
})

describe('tampering is found at its line', () => {
  const edited = () => withChange(2, { text: at(2).text.replace('"admin"', '"nobody"') })
  const CASES: readonly [string, () => AuditLine[] | Promise<AuditLine[]>, number, string][] = [
    ['an edited line', edited, 3, 'changed'],
    ['an edited reason', () => withChange(0, { text: at(0).text.replace('null', '"x"') }), 1, 'changed'],
    ['a space more', () => withChange(3, { text: `${at(3).text} ` }), 4, 'changed'],
    ['a removed line', () => without(1), 2, 'missing'],
    ['a removed first line', () => without(0), 1, 'missing'],
    [
      'a removed line with the rest numbered anew',
      () => without(1).map((l, i) => ({ ...l, seq: i + 1 })),
      2,
      'misplaced',
    ],
    [
      'a removed line with the rest numbered anew in the text too',
      () =>
        without(1).map((line, i) => ({
          seq: i + 1,
          mac: line.mac,
          text: line.text.replace(`"seq":${line.seq}`, `"seq":${i + 1}`),
        })),
      2,
      'changed',
    ],
    ['two lines in each other’s place', () => [at(0), at(2), at(1), ...lines.slice(3)], 2, 'missing'],
    ['a line twice', () => [at(0), at(1), at(1), ...lines.slice(2)], 3, 'misplaced'],
    [
      'an inserted line',
      () => [
        at(0),
        { seq: 2, text: at(1).text.replace('shop-1', 'shop-9'), mac: at(1).mac },
        ...lines.slice(1),
      ],
      2,
      'changed',
    ],
    ['a MAC of another line', () => withChange(4, { mac: at(3).mac }), 5, 'changed'],
    ['a MAC that is none', () => withChange(4, { mac: 'zz' }), 5, 'changed'],
    ['a text that is no JSON', () => withChange(4, { text: 'nothing' }), 5, 'misplaced'],
    ['a log under another key', async () => logOf(await auditKey(new Uint8Array(32)), LINES), 1, 'changed'],
  ]

  it.each(CASES)('%s', async (_what, tampered, seq, problem) => {
    expect(await verifyChain(NO_LINES, await tampered(), key)).toEqual({ ok: false, seq, problem })
  })

  it('whatever byte is changed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(LINES - 1),
        fc.nat(),
        fc.integer({ min: 1, max: 0x7f }),
        async (i, place, by) => {
          const { text } = at(i)
          const where = place % text.length
          const other = String.fromCharCode(text.charCodeAt(where) ^ by)
          const changed = withChange(i, { text: text.slice(0, where) + other + text.slice(where + 1) })
          expect(await verifyChain(NO_LINES, changed, key)).toMatchObject({ ok: false, seq: i + 1 })
        },
      ),
    )
  })
})

describe('the log of the registry', () => {
  it('is verified in steps, and is the same after a restart', async () => {
    const registry = env.REGISTRY.getByName('audit-steps')
    for (let i = 0; i < 5; i++)
      await registry.audit.note(
        { action: 'source.changed', target: `source/${i}`, before: null, after: null },
        WHO,
      )
    const first = await registry.audit.verify(NO_LINES, 3)
    expect(first).toMatchObject({ ok: true, head: { seq: 3 } })
    if (first.ok)
      expect(await registry.audit.verify(first.head, 3)).toMatchObject({ ok: true, head: { seq: 5 } })
    const kept = await registry.audit.after(0, 100)
    await runInDurableObject(registry, (_, { storage }) => {
      expect(JSON.stringify(storage.kv.get('audit_key'))).not.toBe(undefined)
      storage.sql.exec(`UPDATE audit SET text = replace(text, '"admin"', '"other"') WHERE seq = 2`)
    })
    expect(await registry.audit.verify(NO_LINES, 100)).toEqual({ ok: false, seq: 2, problem: 'changed' })
    expect(await registry.audit.verify(NO_LINES, kept)).toMatchObject({ ok: true, head: { seq: 5 } })
    expect((await registry.audit.before(5, 2)).map(({ seq }) => seq)).toEqual([4, 3])
  })
})
