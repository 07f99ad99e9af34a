/** The dialog that fills a gap of a source, and what it asks of the ESP. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { BackfillStatus, PlannedAlone } from '../../../src/api/backfill.ts'
import { espAccountObjects } from '../../support/esp-accounts.ts'
import { emptyStore } from '../../support/store.ts'
import { type TestConsole, migrate, newConsole } from '../support.ts'
import { type Visitor, logIn, visitor } from './visitor.ts'

const PLAN: PlannedAlone = {
  since: '2026-12-01T02:10:00.000Z',
  until: '2026-12-01T05:40:00.000Z',
  removed_before: null,
  takes_minutes: 190,
  esp_drops_until: null,
  esp_keeps_since: null,
  is_whole: true,
  pages: 1,
  found: 20,
  known: 8,
  new: 12,
  unreadable: 0,
  copies: 'same_id',
  copies_within_seconds: null,
  lacks: null,
}
const FAILED: BackfillStatus = {
  state: 'failed',
  since: PLAN.since,
  until: PLAN.until,
  forwarded: false,
  began_at: PLAN.until,
  ended_at: PLAN.until,
  pages: 1,
  found: 20,
  known: 8,
  new: 12,
  unreadable: 0,
  problem: 'key_too_weak',
  says: 'the ESP lacks patience',
  waits_until: null,
}
const PATH = '/sources/shop/backfill'
const FROM = 'from=2026-12-01T02%3A10%3A00.000Z'

let asked: number
let here: TestConsole
let someone: Visitor

beforeEach(async () => {
  await migrate()
  await emptyStore()
  asked = 0
  const object = espAccountObjects({
    backfill: async () => FAILED,
    async planBackfill() {
      asked++
      return PLAN
    },
  })
  here = newConsole({ ESP_ACCOUNTS: object })
  someone = visitor(here)
  await someone.enter()
  const secrets = { esp_api_token: 'sparkpost-key-of-the-test' }
  await here.api('PUT', '/api/sources/shop', { provider: 'sparkpost', secrets })
})

describe('the dialog that fills a gap', () => {
  it.each<[string, query: string, status: number, asked: number, says: string]>([
    ['opens without a word to the ESP', '', 200, 0, 'Ask the ESP'],
    ['opens with the span of an incident', `?${FROM}&to=`, 200, 0, '2026-12-01T02:10'],
    ['shows the plan', `?${FROM}&to=&forward=no`, 200, 1, 'Take 12 events<'],
    ['says how long it takes', `?${FROM}&to=&forward=no`, 200, 1, 'about 3 h'],
    ['says with the button that destinations get them', `?${FROM}&to=&forward=yes`, 200, 1, 'Take 12 events, also for destinations'],
    ['needs a beginning', '?from=&to=&forward=no', 422, 0, 'A time is needed.'],
    ['needs a beginning before the end', `?${FROM}&to=2026-12-01T02%3A10%3A00.000Z&forward=no`, 422, 0, 'must begin in the past'],
    ['needs a beginning in the past', '?from=2099-01-01T00%3A00%3A00Z&to=&forward=no', 422, 0, 'must begin in the past'],
  ])('%s', async (_, query, status, times, says) => {
    const answer = await someone.get(PATH + query)
    expect([answer.status, asked]).toEqual([status, times])
    expect(await answer.text()).toContain(says)
  }) // prettier-ignore
})

describe('a plan of a source whose key others have, too', () => {
  const plan = { since: PLAN.since, until: PLAN.until, plan: true }
  const put = (name: string, key: string, more: object = {}) =>
    here.api('PUT', `/api/sources/${name}`, {
      provider: 'sparkpost',
      secrets: { esp_api_token: key },
      ...more,
    })

  it.each<[string, string, object, string | null]>([
    ['names them', 'sparkpost-key-of-the-test', {}, '(news)'],
    [
      'names one that says its region',
      'sparkpost-key-of-the-test',
      { provisioner: { region: 'us' } },
      '(news)',
    ],
    ['names none with another key', 'another-key-of-the-test', {}, null],
    ['names none of another place', 'sparkpost-key-of-the-test', { provisioner: { region: 'eu' } }, null],
  ])('%s', async (_, key, more, named) => {
    await put('news', key, more)
    const { json } = await here.api('POST', '/api/sources/shop/backfill', plan)
    const warning = (json['plan'] as { warning: string | null }).warning
    expect(warning).toEqual(named === null ? null : expect.stringContaining(named))
  })

  it('names none that the reader does not see', async () => {
    await put('news', 'sparkpost-key-of-the-test')
    const { someone: own } = await logIn(here, 'operator', ['shop'])
    const text = await own.text(`${PATH}?${FROM}&to=&forward=no`)
    expect(text).toContain('1 that you do not see')
    expect(text).not.toContain('news')
  })
})

it('says in words why one has failed', async () => {
  const text = await someone.text('/sources/shop')
  expect(text).toContain('Why: the ESP lacks patience.')
})

it.each([
  ['sparkpost', 'postern secrets rotate shop esp_api_token'],
  ['braze', 'by hand'],
])('a source of %s without a key says what to do', async (provider, says) => {
  const without = newConsole({ ESP_ACCOUNTS: espAccountObjects() })
  await without.api('PUT', '/api/sources/shop', { provider })
  for (const path of ['check', 'suppression-sync']) {
    const method = path === 'check' ? 'POST' : 'GET'
    const { json } = await without.api(method, `/api/sources/shop/${path}`)
    expect(json).toMatchObject({ code: 'esp_key_missing', detail: expect.stringContaining(says) })
  }
})
