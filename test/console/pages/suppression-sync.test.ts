/** The dialogs of the sync with an ESP. `test/esp-accounts` has the sync itself. */
import { beforeEach, expect, it } from 'vitest'
import type { SyncRequest, SyncStatus } from '../../../src/esp-accounts/api.ts'
import { espAccountObjects } from '../../support/esp-accounts.ts'
import { emptyStore } from '../../support/store.ts'
import { type TestConsole, migrate, newConsole } from '../support.ts'
import { type Visitor, textOf, visitor } from './visitor.ts'

const PATH = '/sources/shop/suppression-sync'

const ONLY_THERE = { kind: 'only_there', reason: 'hard_bounce', scope: null, count: 1_234, done: 0 } as const
const PLANNED: SyncStatus = {
  state: 'planned',
  step: 'here',
  by: 'person',
  startedMs: 1_000,
  changedMs: 2_000,
  untilMs: null,
  isCut: false,
  stopped: { code: 'over_bound', says: '1,234 would change, more than the 100 that a night may' },
  adds: ['manual'],
  counts: [ONLY_THERE],
  examples: [{ kind: 'only_there', reason: 'hard_bounce', scope: null, address: 'a…@example.com' }],
  directions: { take: true, send: false },
}

let status: SyncStatus
let begun: SyncRequest[]
let here: TestConsole
let someone: Visitor
let form_token: string

beforeEach(async () => {
  await migrate()
  await emptyStore()
  status = PLANNED
  begun = []
  const object = espAccountObjects({
    suppressionSync: async () => status,
    async beginSuppressionSync(request) {
      begun.push(request)
      return status
    },
  })
  here = newConsole({ ESP_ACCOUNTS: object })
  const secrets = {
    basic_auth: { username: 'hooks', password: 'a-long-password-1' },
    esp_api_token: 'sparkpost-key-of-the-test',
  }
  await here.api('PUT', '/api/sources/shop', { provider: 'sparkpost', secrets })
  someone = visitor(here)
  form_token = await someone.enter()
})

it('leads from the list to the sources that have a key', async () => {
  expect(await someone.html('/suppressions')).toContain('href="/suppressions/sync"')
  expect(await someone.html('/suppressions/sync')).toContain(`href="${PATH}"`)
})

it('shows how the lists differ, and asks before a change', async () => {
  const html = await someone.html(PATH)
  expect(textOf(html)).toMatch(
    /Nothing was changed\..*more than the 100 that a night may\..*1,234 only at the ESP hard bounce/,
  )
  expect(html).toMatch(/name="take"[^>]*checked/)
  expect(html).not.toMatch(/name="send"[^>]*checked/)
  const sent = await someone.post(PATH, {
    form_token,
    do: 'run',
    take: 'yes',
    send: 'yes',
    reason: 'ticket 1',
  })
  expect([sent.status, sent.headers.get('location')]).toEqual([303, PATH])
  await someone.post(PATH, { form_token, do: 'plan' })
  expect(begun).toEqual([{ isRun: true, take: true, send: true }, { isRun: false }])
})

it.each<[string, Partial<SyncStatus>, string]>([
  ['while it runs', { state: 'running', stopped: null }, 'Stop'],
  ['where they are the same', { counts: [{ ...ONLY_THERE, kind: 'same' }] }, 'The lists are the same.'],
  ['where the comparison has stopped', { state: 'stopped', step: 'there' }, 'Compare the lists'],
])('offers no change %s', async (_, change, button) => {
  status = { ...PLANNED, ...change }
  const html = await someone.html(PATH)
  expect(textOf(html)).toContain(button)
  expect(html).not.toContain('name="take"')
})

it('says on lifting that the ESP may still hold the address', async () => {
  await here.api('POST', '/api/suppressions', { address: 'ada@example.com' })
  const [, lift = ''] = /href="(\/people\/[^"]+\/lift)"/.exec(await someone.html('/suppressions')) ?? []
  expect(textOf(await someone.html(lift))).toContain('The ESP of shop may still hold the address')
})
