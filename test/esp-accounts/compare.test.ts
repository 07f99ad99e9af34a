/** Differences between the webhook that an ESP has and ours: one that is right, then one change a row. */
import { describe, expect, it } from 'vitest'
import type { SeenWebhook } from '../../src/drivers/driver.ts'
import { type Wanted, compare, isSameUrl } from '../../src/esp-accounts/compare.ts'

const URL_HERE = 'https://gate.example/hooks/shop'

const RIGHT: SeenWebhook = {
  id: '7',
  url: URL_HERE,
  enabled: true,
  types: ['delivery', 'bounce', 'more'],
  signed: true,
  lastError: null,
  counts: { delivered: 9, failed: 1 },
}
const WANTED: Wanted = {
  title: 'Esp',
  driver: { types: ['delivery', 'bounce'], tellsSigning: true },
  url: URL_HERE,
  id: null,
}
const TOLD_NOTHING = { enabled: null, types: null, signed: null, counts: null }

const ROWS: readonly [string, readonly Partial<SeenWebhook>[], Partial<Wanted>, readonly string[]][] = [
  ['is right', [{}], {}, []],
  ['is right beside others', [{ id: '1', url: 'https://else.example/' }, {}], {}, []],
  ['is there twice, once off', [{ id: '1', enabled: false }, {}], {}, []],
  ['is of an ESP that tells nothing', [TOLD_NOTHING], {}, []],
  ['is off', [{ enabled: false }], {}, ['off: the webhook at Esp is off']],
  ['is not there', [], {}, [`absent: Esp has no webhook that points to ${URL_HERE}`]],
  [
    'is another one',
    [{ url: 'https://else.example/' }],
    {},
    [`absent: Esp has no webhook that points to ${URL_HERE}, and 1 that point elsewhere`],
  ],
  [
    'was ours and points elsewhere',
    [{ url: 'https://u:p@else.example/x?token=secret' }],
    { id: '7' },
    ['elsewhere: the webhook at Esp points to https://***@else.example/x?token=***'],
  ],
  [
    'is the only one, without an id',
    [{ id: null, url: 'https://else.example/' }],
    {},
    [`absent: Esp has no webhook that points to ${URL_HERE}, and 1 that point elsewhere`],
  ],
  [
    'is ours but for the query',
    [{ url: `${URL_HERE}?token=x` }],
    {},
    [`elsewhere: the webhook at Esp points to ${URL_HERE}?token=***`],
  ],
  [
    'is a topic that nobody subscribes to, though it was ours',
    [{ url: null }],
    { id: '7' },
    [`absent: Esp has no webhook that points to ${URL_HERE}, and 1 that point elsewhere`],
  ],
  [
    'is not there, at an ESP with one URL a type',
    [
      { url: 'https://a.example/?key=secret', types: ['bounce', 'more'] },
      { url: 'https://b.example/', types: ['delivery'] },
    ],
    { driver: { ...WANTED.driver, onePerType: true } },
    [
      `absent: Esp has no webhook that points to ${URL_HERE}, and 2 that point elsewhere; mending replaces https://a.example/?key=*** for bounce and https://b.example/ for delivery`,
    ],
  ],
  [
    'lacks a type that another has, at an ESP with one URL a type',
    [{ types: ['bounce'] }, { url: 'https://b.example/', types: ['delivery'] }],
    { driver: { ...WANTED.driver, onePerType: true } },
    [
      'lacks_types: the webhook at Esp does not send delivery; mending replaces https://b.example/ for delivery',
    ],
  ],
  [
    'drops events',
    [{ faults: ['a filter policy of the subscription drops events'] }],
    {},
    [
      'drops_events: events of the webhook at Esp do not come: a filter policy of the subscription drops events',
    ],
  ],
  ['lacks types', [{ types: ['bounce'] }], {}, ['lacks_types: the webhook at Esp does not send delivery']],
  [
    'is not signed',
    [{ signed: false }],
    {},
    ['unsigned: the webhook at Esp neither signs nor carries credentials'],
  ],
  [
    'is not signed, where that means nothing',
    [{ signed: false }],
    { driver: { types: [], tellsSigning: false } },
    [],
  ],
  [
    'fails',
    [{ counts: { delivered: 0, failed: 3 }, lastError: 'HTTP 503' }],
    {},
    ['failing: Esp counts 3 deliveries that failed and 0 that did not: HTTP 503'],
  ],
  ['has a URL that is not known here', [{}], { url: null, id: '7' }, []],
]

describe('a webhook', () => {
  it.each(ROWS)('%s', (_name, seen, wanted, expected) => {
    const { differences } = compare(
      seen.map((one) => ({ ...RIGHT, ...one })),
      { ...WANTED, ...wanted },
    )
    expect(differences.map(({ code, says }) => `${code}: ${says}`)).toEqual(expected)
  })
})

describe('a URL', () => {
  it.each([
    ['itself', URL_HERE, true],
    ['another case of the host', 'https://GATE.example/hooks/shop', true],
    ['a slash at the end', `${URL_HERE}/`, true],
    ['credentials', 'https://u:p@gate.example/hooks/shop', true],
    ['a fragment', `${URL_HERE}#x`, true],
    ['another path', 'https://gate.example/hooks/other', false],
    ['another case of the path', 'https://gate.example/hooks/Shop', false],
    ['a query', `${URL_HERE}?token=x`, false],
    ['plain HTTP', 'http://gate.example/hooks/shop', false],
    ['no URL', 'nothing', false],
  ])('with %s', (_name, theirs, isSame) => expect(isSameUrl(theirs, URL_HERE)).toBe(isSame))
})
