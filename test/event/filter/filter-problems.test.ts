import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { filterProblems } from '../../../src/event/filter/filter-problems.ts'

const SECRET = 'hunter2-Secret'
const found = (filter: unknown, path = 'filter') =>
  filterProblems(filter, path).map(({ path: at, problem }) => `${at}: ${problem}`)
const nested = (levels: number): unknown => (levels === 0 ? 'x' : { a: nested(levels - 1) })

const NO_FIELDS = 'Only metadata has fields of its own.'
const TOO_MANY =
  'The conditions must have at most 200 fields, operators and values of lists, and 16,384 characters, together.'

describe('a filter without problems', () => {
  it.each([
    {},
    { types: ['email.bounced'], sources: ['shop', 'a', '0-9'] },
    { where: { metadata: { 'any name': { $gt: 1.5 } } } },
    { where: { reason: { $in: 'x'.repeat(250) }, url: { $startsWith: 'x'.repeat(1_024) } } },
    { where: { other_message_ids: ['m-1'] } },
    { where: { metadata: nested(8) } },
    { where: { recipient: { $in: Array.from({ length: 198 }, (_, i) => `${i}@example.com`) } } },
  ])('is row %#', (filter) => expect(filterProblems(filter, '')).toEqual([]))
})

/** A filter with one problem, and how it is reported. */
const ROWS: readonly [unknown, string][] = [
    [null, 'filter: Must be an object.'],
    [[], 'filter: Must be an object.'],
    [SECRET, 'filter: Must be an object.'],
    [{ type: [] }, 'filter.type: Unknown setting. Did you mean types?'],
    [{ [SECRET]: 1 }, 'filter: Unknown setting. Known: types, sources, where.'],
    [{ types: SECRET }, 'filter.types: Must be a list.'],
    [{ types: [] }, 'filter.types: Must have at least 1 entry. Leave it out to match all.'],
    [{ types: Array.from({ length: 15 }, () => 'email.sent') }, 'filter.types: Must have at most 14 entries.'],
    [{ types: ['email.sent', 5] }, 'filter.types.1: Must be text.'],
    [{ types: ['email.bounce'] }, 'filter.types.0: Unknown event type. Did you mean email.bounced?'],
    [{ types: ['bounced'] }, 'filter.types.0: Unknown event type. Did you mean email.bounced?'],
    [{ sources: [] }, 'filter.sources: Must have at least 1 entry. Leave it out to match all.'],
    [{ sources: Array.from({ length: 101 }, () => 'a') }, 'filter.sources: Must have at most 100 entries.'],
    [{ sources: ['a', SECRET] }, 'filter.sources.1: Must be the name of a source: 1 to 64 lowercase letters, digits and hyphens.'],
    [{ where: null }, 'filter.where: Must be an object of fields of the event.'],
    [{ where: [{ type: 'x' }] }, 'filter.where: Must be an object of fields of the event.'],
    [{ where: {} }, 'filter.where: Must not be empty.'],
    [{ where: { recipients: 'x' } }, 'filter.where.recipients: Unknown field. Did you mean recipient?'],
    [{ where: { $eq: 'x' } }, 'filter.where.$eq: Compares a field, so it must stand below the name of the field.'],
    [{ where: { reason: { $contains: 'x' } } }, 'filter.where.reason: Unknown operator. Known: $eq, $neq, $gt, $gte, $lt, $lte, $in, $nin, $startsWith, $endsWith, $exist, $or, $and, $not.'],
    [{ where: { reason: { $startswith: 'x' } } }, 'filter.where.reason: Unknown operator. Did you mean $startsWith?'],
    [{ where: { reason: { $exists: true } } }, 'filter.where.reason: Unknown operator. Did you mean $exist?'],
    [{ where: { reason: { startsWith: 'x' } } }, `filter.where.reason.startsWith: ${NO_FIELDS} Unknown operator. Did you mean $startsWith?`],
    [{ where: { tags: { 0: 'x' } } }, `filter.where.tags.0: ${NO_FIELDS} Unknown operator. Known: $eq, $neq, $gt, $gte, $lt, $lte, $in, $nin, $startsWith, $endsWith, $exist, $or, $and, $not.`],
    [{ where: { reason: {} } }, 'filter.where.reason: Must not be empty.'],
    [{ where: { reason: ['x'] } }, 'filter.where.reason: This field is no list. Use $in for one of several values.'],
    [{ where: { smtp_code: 550 } }, 'filter.where.smtp_code: Must be text or null, since this field is text.'],
    [{ where: { automated: 'true' } }, 'filter.where.automated: Must be true, false or null.'],
    [{ where: { automated: { $in: [true, 1] } } }, 'filter.where.automated.$in: Each value: Must be true, false or null.'],
    [{ where: { automated: [true] } }, 'filter.where.automated: This field is no list. Use $in for one of several values.'],
    [{ where: { smtp_code: { $eq: 550 } } }, 'filter.where.smtp_code.$eq: Must be text or null, since this field is text.'],
    [{ where: { smtp_code: { $gte: 500 } } }, 'filter.where.smtp_code.$gte: Must be text or null, since this field is text.'],
    [{ where: { smtp_code: { $gte: null } } }, 'filter.where.smtp_code.$gte: Must be text, since this field is text.'],
    [{ where: { tags: [] } }, 'filter.where.tags: Must not be empty.'],
    [{ where: { tags: ['x', 5] } }, 'filter.where.tags.1: Must be text or null, since this field is text.'],
    [{ where: { metadata: { a: Number.NaN } } }, 'filter.where.metadata.a: Must be text, a number, true, false or null.'],
    [{ where: { metadata: { a: { $eq: [] } } } }, 'filter.where.metadata.a.$eq: Must be text, a number, true, false or null.'],
    [{ where: { metadata: { a: { $lt: true } } } }, 'filter.where.metadata.a.$lt: Must be text or a number.'],
    [{ where: { metadata: { a: { $lt: [1] } } } }, 'filter.where.metadata.a.$lt: Must be text or a number.'],
    [{ where: { reason: { $in: 5 } } }, 'filter.where.reason.$in: Must be a list of values, or text that the field contains.'],
    [{ where: { reason: { $in: '' } } }, 'filter.where.reason.$in: Must not be empty.'],
    [{ where: { reason: { $in: [] } } }, 'filter.where.reason.$in: Must have at least 1 value.'],
    [{ where: { reason: { $nin: ['x', {}] } } }, 'filter.where.reason.$nin: Each value: Must be text or null, since this field is text.'],
    [{ where: { reason: { $startsWith: 5 } } }, 'filter.where.reason.$startsWith: Must be text, or a list of texts.'],
    [{ where: { reason: { $endsWith: ['x', ''] } } }, 'filter.where.reason.$endsWith: Each value: Must not be empty.'],
    [{ where: { reason: { $exist: 'yes' } } }, 'filter.where.reason.$exist: Must be true or false.'],
    [{ where: { $or: {} } }, 'filter.where.$or: Must be a list of at least one condition.'],
    [{ where: { reason: { $and: [] } } }, 'filter.where.reason.$and: Must be a list of at least one condition.'],
    [{ where: { $or: [{ tags: 'x' }, 'x'] } }, 'filter.where.$or.1: Must be an object of fields of the event.'],
    [{ where: { $not: { $not: { reson: 'x' } } } }, 'filter.where.$not.$not.reson: Unknown field. Did you mean reason?'],
    [{ where: { reason: 'x'.repeat(1_025) } }, 'filter.where.reason: Must have at most 1,024 characters.'],
    [{ where: { reason: { $in: 'x'.repeat(251) } } }, 'filter.where.reason.$in: Must have at most 250 characters.'],
    [{ where: { metadata: { ['x'.repeat(257)]: 1 } } }, 'filter.where.metadata: The name of a field must have at most 256 characters.'],
    [{ where: { metadata: nested(9) } }, 'filter.where.metadata.a.a.a.a.a.a.a.a.a: Must be at most 10 levels deep.'],
    [{ where: { metadata: { a: Array.from({ length: 199 }, () => 1) } } }, `filter.where.metadata.a: ${TOO_MANY}`],
    [{ where: { reason: { $in: Array.from({ length: 199 }, () => 'x') } } }, `filter.where.reason.$in: ${TOO_MANY}`],
    [{ where: { $or: Array.from({ length: 18 }, () => ({ reason: 'x'.repeat(1_000) })) } }, `filter.where.$or.16: ${TOO_MANY}`],
] // prettier-ignore

describe('a problem of a filter', () => {
  it.each(ROWS.map(([filter, problem]) => ({ filter, problem })))('$problem', ({ filter, problem }) =>
    expect(found(filter)).toEqual([problem]),
  )

  it('is found beside all others', () =>
    expect(
      found({
        types: ['x'],
        sources: 5,
        where: { reason: { $eq: 1, $exists: 1 }, x: 1, $or: [{ url: 1 }] },
        y: 1,
      }),
    ).toHaveLength(7))

  it('has the path of the document that the filter is in', () =>
    expect(found({ types: 1 }, '')).toEqual(['types: Must be a list.']))

  it('repeats no value and no name that may be one', () => {
    const where = { [SECRET]: SECRET, metadata: { [SECRET]: { [`$${SECRET}`]: SECRET, $exist: SECRET } } }
    const text = found({ where, types: [SECRET], [SECRET]: SECRET }).join('\n')
    expect(text).not.toBe('')
    expect(text).not.toContain(SECRET)
  })
})

describe('a hostile document', () => {
  it.each([
    ['wide', { where: Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`x${i}`, i])) }],
    ['with many settings', Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`x${i}`, i]))],
    ['with a long list', { where: { reason: { $in: Array.from({ length: 100_000 }, () => 'x') } } }],
    ['with many conditions', { where: { $or: Array.from({ length: 100_000 }, () => 5) } }],
    ['deep', { where: { metadata: nested(5_000) } }],
    ['with long names', { where: { ['x'.repeat(1_000_000)]: 1 }, types: ['x'.repeat(1_000_000)] }],
  ])('%s has a bounded number of problems', (_, filter) => {
    const count = filterProblems(filter, 'filter').length
    expect(count).toBeGreaterThan(0)
    expect(count).toBeLessThanOrEqual(201)
  })

  it('has problems, and never an exception', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.record({ types: fc.anything(), where: fc.anything() })),
        (filter) => {
          expect(filterProblems(filter, '').every(({ problem }) => /[.?]$/.test(problem))).toBe(true)
        },
      ),
      { numRuns: 3_000 },
    )
  })
})
