import * as fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { filterProblems } from '../../../src/event/filter/filter-problems.ts'
import { type Filter, FilterSchema, eventFilter } from '../../../src/event/filter/filter.ts'
import { mailEvent } from '../../support/mail-events.ts'

const EVENT = await mailEvent({
  type: 'email.bounced',
  source: 'shop',
  recipient: 'ada@example.com',
  bounce_type: 'hard',
  smtp_code: '550',
  tags: ['welcome', 'eu'],
  metadata: {
    text: 'gold',
    number: 5,
    yes: true,
    none: null,
    texts: ['gold', 'silver'],
    numbers: [1, 20],
    empty: [],
    object: { plan: 'gold', seats: 3 },
    objects: [
      { sku: 'a', count: 1 },
      { sku: 'b', count: 9 },
    ],
    lists: [['gold']],
  },
})

const passes = (filter: Filter) => eventFilter(filter)(EVENT)
const holds = (where: Record<string, unknown>) => {
  expect(filterProblems({ where }, '')).toEqual([])
  return passes({ where })
}

describe('a filter', () => {
  const valid: Filter = { types: ['email.bounced'], sources: ['shop'], where: { bounce_type: 'hard' } }

  it.each<[string, Filter, boolean]>([
    ['all hold', {}, true],
    ['of several types', { types: ['email.sent', 'email.bounced'] }, true],
    ['of several sources', { sources: ['other', 'shop'] }, true],
    ['another type', { types: ['email.sent'] }, false],
    ['another source', { sources: ['other'] }, false],
    ['another field', { where: { bounce_type: 'soft' } }, false],
  ])('with one change: %s', (_, change, expected) => {
    expect(passes({ ...valid, ...change })).toBe(expected)
  })

  it('that is empty lets every event pass', () => expect(passes({})).toBe(true))

  it('that a later version saved with an operator of its own is a fault, and not a guess', () =>
    expect(() => eventFilter({ where: { reason: { $later: 1 } } })).toThrow('does not know'))

  it('has the outside form of its schema', () => {
    expect(v.is(FilterSchema, valid)).toBe(true)
    expect(v.is(FilterSchema, { types: [] })).toBe(false)
    expect(v.is(FilterSchema, { kinds: [] })).toBe(false)
  })
})

/** For each operator: the right side, and which of the fields of `metadata` it holds for. */
const FIELDS = [
  'text',
  'number',
  'yes',
  'none',
  'missing',
  'texts',
  'numbers',
  'empty',
  'object',
  'objects',
  'lists',
]
const except = (...names: readonly string[]) => FIELDS.filter((name) => !names.includes(name))

describe('a condition on a field', () => {
  it.each<[unknown, readonly string[]]>([
    ['gold', ['text', 'texts']],
    [5, ['number']],
    ['5', []],
    [true, ['yes']],
    ['true', []],
    [false, []],
    [null, ['none', 'missing']],
    [20, ['numbers']],
    [['silver', 'gold'], ['texts']],
    [['gold', 'bronze'], []],
    [[{ sku: 'a' }, { count: { $gt: 5 } }], ['objects']],
    [{ $eq: 'gold' }, ['text', 'texts']],
    [{ $eq: 5 }, ['number']],
    [{ $eq: null }, ['none', 'missing']],
    [{ $neq: 'gold' }, except('text', 'texts')],
    [{ $neq: null }, except('none', 'missing')],
    [{ $gt: 4 }, ['number', 'numbers']],
    [{ $gt: 5 }, ['numbers']],
    [{ $gt: 'g' }, ['text', 'texts']],
    [{ $gte: 5 }, ['number', 'numbers']],
    [{ $gte: 'gold' }, ['text', 'texts']],
    [{ $lt: 5 }, ['numbers']],
    [{ $lt: 'silver' }, ['text', 'texts']],
    [{ $lte: 5 }, ['number', 'numbers']],
    [{ $lte: 'gold' }, ['text', 'texts']],
    [{ $gt: 4, $lt: 6 }, ['number', 'numbers']],
    [{ $in: ['gold', 5, true] }, ['text', 'number', 'yes', 'texts']],
    [{ $in: [null] }, ['none', 'missing']],
    [{ $in: 'ol' }, ['text', 'texts']],
    [{ $in: '5' }, []],
    [{ $nin: ['gold', 5] }, except('text', 'number', 'texts')],
    [{ $nin: 'ol' }, except('text', 'texts')],
    [{ $startsWith: 'go' }, ['text', 'texts']],
    [{ $startsWith: 'old' }, []],
    [{ $startsWith: ['x', 'sil'] }, ['texts']],
    [{ $endsWith: 'old' }, ['text', 'texts']],
    [{ $endsWith: 'go' }, []],
    [{ $endsWith: ['x', 'ver'] }, ['texts']],
    [{ $exist: true }, except('none', 'missing')],
    [{ $exist: false }, ['none', 'missing']],
    [{ $or: ['gold', 5] }, ['text', 'number', 'texts']],
    [{ $and: ['gold', { $neq: 'silver' }] }, ['text']],
    [{ $and: ['gold', 'silver'] }, ['texts']],
    [{ $not: 'gold' }, except('text', 'texts')],
    [{ $not: { $exist: true } }, ['none', 'missing']],
    [{ $not: { $or: ['gold', { $exist: false }] } }, except('text', 'texts', 'none', 'missing')],
    [{ plan: 'gold' }, ['object']],
    [{ plan: 'gold', seats: { $gte: 3 } }, ['object']],
    [{ plan: 'gold', seats: { $gt: 3 } }, []],
    [{ sku: 'b', count: 9 }, ['objects']],
    // One of the objects must have both.
    [{ sku: 'a', count: 9 }, []],
    [{ plan: null }, except('object', 'empty')],
    [{ plan: { $exist: true } }, ['object']],
    [{ plan: 'gold', $exist: true }, ['object']],
    [{ length: 4 }, []],
    [{ 0: 'gold' }, []],
  ])('%j holds for %j', (condition, expected) => {
    expect(FIELDS.filter((name) => holds({ metadata: { [name]: condition } }))).toEqual(expected)
  })

  it.each<[Record<string, unknown>, boolean]>([
    [{ type: 'email.bounced' }, true],
    [{ type: { $startsWith: 'email.b' } }, true],
    [{ recipient: { $endsWith: '@example.com' } }, true],
    [{ recipient: { $endsWith: ['@example.org', '@example.net'] } }, false],
    [{ smtp_code: { $gte: '500', $lt: '600' } }, true],
    [{ received_at: { $gt: '2026-01-01T00:00:00.000Z' } }, true],
    [{ received_at: { $gt: '2027-01-01T00:00:00.000Z' } }, false],
    [{ tags: 'eu' }, true],
    [{ tags: ['eu', 'welcome'] }, true],
    [{ tags: 'us' }, false],
    [{ tags: { $in: ['us', 'eu'] } }, true],
    [{ tags: { $nin: ['us', 'eu'] } }, false],
    [{ tags: { $not: 'us' } }, true],
    [{ campaign_id: null }, true],
    [{ campaign_id: { $exist: false } }, true],
    [{ bounce_type: { $exist: true } }, true],
    [{ bounce_type: 'hard', tags: 'us' }, false],
    [{ $or: [{ bounce_type: 'soft' }, { tags: 'eu' }] }, true],
    [{ $and: [{ bounce_type: 'hard' }, { tags: 'us' }] }, false],
    [{ $not: { bounce_type: 'hard' } }, false],
    [{ bounce_type: 'hard', $not: { tags: 'us' } }, true],
    [{ metadata: { object: { plan: 'gold' }, number: 5 } }, true],
    [{ metadata: { $exist: true } }, true],
  ])('%j of the event is %j', (where, expected) => expect(holds(where)).toBe(expected))
})

describe('fields', () => {
  it.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf', '__proto__'])(
    'are own properties alone: %s is missing',
    (name) => {
      expect(holds(JSON.parse(`{"metadata": {"${name}": {"$exist": true}}}`))).toBe(false)
      expect(holds(JSON.parse(`{"metadata": {"object": {"${name}": null}}}`))).toBe(true)
    },
  )

  it('of such names are found where the ESP sent them', () => {
    const metadata = JSON.parse('{"__proto__": "x", "constructor": "y"}')
    const passes = eventFilter({ where: JSON.parse('{"metadata": {"__proto__": "x", "constructor": "y"}}') })
    expect(passes({ ...EVENT, metadata })).toBe(true)
    expect(passes({ ...EVENT, metadata: {} })).toBe(false)
  })
})

/** Conditions as somebody may send them who wants to do harm. */
const hostile = fc.letrec<{ condition: unknown }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom(null, true, 5, 'gold', '', Number.NaN, 'x'.repeat(2_000), undefined),
    fc.array(tie('condition'), { maxLength: 4 }),
    fc.dictionary(
      fc.constantFrom(
        '$or', '$and', '$not', '$eq', '$neq', '$gt', '$in', '$nin', '$startsWith', '$exist', '$where', '$regex', '__proto__',
        'constructor', 'metadata', 'tags', 'type', 'a', 'length',
      ), // prettier-ignore
      tie('condition'),
      { maxKeys: 4 },
    ),
  ),
})).condition

const SCALAR = fc.constantFrom(null, true, 5, 'gold')
const NAME = fc.constantFrom('a', '__proto__', 'constructor', 'metadata', 'length')

/** Conditions on metadata without problems. */
const wellFormed = fc.letrec<{ condition: unknown }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    SCALAR,
    fc.array(tie('condition'), { minLength: 1, maxLength: 3 }),
    fc.dictionary(NAME, tie('condition'), { minKeys: 1, maxKeys: 3 }),
    fc.record({ $or: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ $not: tie('condition') }),
    fc.record(
      { $eq: SCALAR, $in: fc.constantFrom('ol', [5, null]), $gt: fc.constantFrom(4, 'a') },
      { requiredKeys: ['$eq'] },
    ),
  ),
})).condition

/** Values as an ESP may send them in metadata. */
const payload = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, true, 5, 'gold', ''),
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(fc.constantFrom('a', '__proto__', 'constructor', 'metadata', 'length'), tie('value'), {
      maxKeys: 4,
    }),
  ),
})).value

describe('any document', () => {
  it('gives problems or a test that never throws', () => {
    let tested = 0
    const conditions = fc.oneof(
      hostile,
      wellFormed.map((metadata) => ({ metadata })),
    )
    fc.assert(
      fc.property(conditions, payload, (where, value) => {
        const filter: unknown = { where }
        if (filterProblems(filter, 'filter').length > 0) return
        tested++
        const event = { ...EVENT, metadata: { a: value, metadata: value } }
        expect(typeof eventFilter(filter as Filter)(event)).toBe('boolean')
      }),
      { numRuns: 3_000 },
    )
    // Otherwise nothing but refused documents would be tested.
    expect(tested).toBeGreaterThan(1_000)
  })

  it('that is accepted reads each value of the event at most once a condition', () => {
    const condition = { $or: Array.from({ length: 30 }, (_, i) => ({ a: { a: { $eq: `x${i}` } } })) }
    const where = { metadata: { a: condition } }
    expect(filterProblems({ where }, '')).toEqual([])
    const values = 1 + 20 + 20 * 20
    const { value, reads } = counted({
      a: Array.from({ length: 20 }, () => ({ a: Array.from({ length: 20 }, () => ({ a: 'y' })) })),
    })
    expect(eventFilter({ where })({ ...EVENT, metadata: value as Record<string, unknown> })).toBe(false)
    // An object is asked whether it has the field, and for it; a list for its length, and for whether it has each of its values.
    expect(reads()).toBeLessThan(30 * values * 4)
    expect(reads()).toBeGreaterThan(30 * values)
  })
})

/** A value that counts how often something in it is read. */
function counted(root: object): { readonly value: object; readonly reads: () => number } {
  let count = 0
  const handler: ProxyHandler<object> = {
    get: (target, name) => {
      count++
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'object' && value !== null ? new Proxy(value, handler) : value
    },
  }
  return { value: new Proxy(root, handler), reads: () => count }
}
