/** Routes of the sync with an ESP, and what lifting says of ESPs. `test/esp-accounts` has the sync itself. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { EspAccountApi, SyncRequest, SyncStatus } from '../../../src/esp-accounts/api.ts'
import { espAccountObjects } from '../../support/esp-accounts.ts'
import { holder } from '../credentials.ts'
import { type TestConsole, migrate, newConsole } from '../support.ts'

beforeAll(migrate)

const PLANNED: SyncStatus = {
  state: 'planned',
  step: 'here',
  by: 'person',
  startedMs: 1_000,
  changedMs: 2_000,
  untilMs: null,
  isCut: false,
  stopped: null,
  adds: ['manual'],
  counts: [
    {
      kind: 'only_there',
      reason: 'hard_bounce',
      scope: null,
      count: 2,
      done: 0,
    },
  ],
  examples: [
    {
      kind: 'only_there',
      reason: 'hard_bounce',
      scope: null,
      address: 'a…@example.com',
    },
  ],
  directions: {
    take: true,
    send: false,
  },
}

let answers: Partial<EspAccountApi>
let begun: SyncRequest[]
let here: TestConsole

const ADA = '/api/suppressions/ada%40example.com'
const SYNC = '/api/sources/shop/suppression-sync'

beforeEach(async () => {
  begun = []
  answers = {
    suppressionSync: async () => PLANNED,
    endSuppressionSync: async () => ({
      ...PLANNED,
      state: 'stopped',
      stopped: { code: 'ended', says: 'a person has ended it' },
    }),
    beginSuppressionSync: async (request) => {
      begun.push(request)
      return { ...PLANNED, state: 'running' }
    },
    removeSuppressionThere: async () => ({ ok: true }),
  }
  here = newConsole({
    ESP_ACCOUNTS: {
      getByName: () => ({ ...espAccountObjects().getByName('shop'), ...answers }),
    },
  })
  const document = {
    provider: 'sparkpost',
    secrets: { basic_auth: { username: 'hooks', password: 'a-long-password-1' }, esp_api_token: KEY },
  }
  const { status } = await here.api('PUT', '/api/sources/shop', document)
  expect([200, 201]).toContain(status)
})

const KEY = 'sparkpost-key-of-the-test'

describe('the sync', () => {
  it('is shown, begun as a plan or with directions, and ended', async () => {
    expect((await here.api('GET', SYNC)).json).toMatchObject({
      state: 'planned',
      started_at: '1970-01-01T00:00:01.000Z',
    })
    expect((await here.api('POST', SYNC, { plan: true })).status).toBe(202)
    expect((await here.api('POST', SYNC, { send: true })).status).toBe(202)
    expect(begun).toEqual([{ isRun: false }, { isRun: true, send: true }])
    expect((await here.api('DELETE', SYNC)).json).toMatchObject({
      stopped: { code: 'ended', says: 'A person has ended it.' },
    })
    const { entries } = (await here.api('GET', '/api/audit?limit=5')).json as {
      entries: { action: string }[]
    }
    expect(entries.filter(({ action }) => action === 'suppressions.synced')).toHaveLength(1)
  })

  it('needs a source, and its key', async () => {
    expect((await here.api('GET', SYNC.replace('shop', 'nobody'))).json).toMatchObject({
      code: 'source_unknown',
    })
    answers = { suppressionSync: async () => null }
    expect((await here.api('GET', SYNC)).json).toMatchObject({ code: 'esp_key_missing' })
  })
})

describe('somebody who sees one source', () => {
  const nightly = (one: object) => ({ provider: 'sparkpost', suppressionSync: { nightly: true }, ...one })
  it.each<[string, 'GET' | 'POST' | 'PUT' | 'DELETE', string, object?]>([
    ['the sync', 'GET', SYNC],
    ['its plan', 'POST', SYNC, { plan: true }],
    ['its end', 'DELETE', SYNC],
    ['its settings', 'PUT', '/api/sources/shop', nightly({ suppressionSync: { send: true, nightly: true } })],
    ['its end by other settings', 'PUT', '/api/sources/shop', { provider: 'sparkpost' }],
    ['the key of the account', 'POST', '/api/sources/shop/secrets/esp_api_token/rotate', { value: KEY }],
  ])('has no part in %s', async (_, method, path, body) => {
    expect((await here.api('PUT', '/api/sources/shop', nightly({}))).status).toBe(200)
    const someone = await holder(here, 'operator', ['shop'])
    expect(await someone.send(method, path, body)).toMatchObject({
      status: 403,
      json: { code: 'scope_too_narrow' },
    })
    expect(begun).toEqual([])
    expect((await someone.send('PUT', '/api/sources/shop', nightly({ publicUrl: null }))).status).not.toBe(
      403,
    )
  })
})

describe('lifting', () => {
  beforeEach(async () => void (await here.api('POST', '/api/suppressions', { address: 'ada@example.com' })))

  it('names the ESPs that may still hold the address', async () => {
    expect((await here.api('DELETE', ADA)).json).toEqual({
      removed: true,
      there: null,
      may_be_held_at: ['shop'],
    })
  })

  it.each<[string, Partial<EspAccountApi>, object]>([
    ['removes it there', {}, { removed: true, says: '' }],
    ['says that the API cannot', { removeSuppressionThere: async () => null }, { removed: false }],
    [
      'says that the key is wrong',
      {
        removeSuppressionThere: async () => ({
          ok: false,
          says: 'SparkPost does not take the key in esp_api_token',
        }),
      },
      { removed: false, says: 'SparkPost does not take the key in esp_api_token.' },
    ],
  ])('with at %s', async (_, changes, there) => {
    Object.assign(answers, changes)
    expect((await here.api('DELETE', `${ADA}?at=shop`)).json).toMatchObject({
      removed: true,
      there,
      may_be_held_at: [],
    })
  })

  it('also removes there what is lifted here already', async () => {
    await here.api('DELETE', ADA)
    expect((await here.api('DELETE', ADA)).json).toMatchObject({ code: 'address_not_suppressed' })
    expect((await here.api('DELETE', `${ADA}?at=shop`)).json).toMatchObject({ there: { removed: true } })
    expect((await here.api('DELETE', `${ADA}?at=news`)).json).toMatchObject({ code: 'source_unknown' })
  })
})
