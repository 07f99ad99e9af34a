/** Whose yes mends a webhook. `test/esp-accounts` has the mending itself. */
import { beforeAll, beforeEach, expect, it } from 'vitest'
import type { Mending } from '../../../src/esp-accounts/api.ts'
import { espAccountObjects } from '../../support/esp-accounts.ts'
import { ensureSources, holder } from '../credentials.ts'
import { type TestConsole, migrate, newConsole } from '../support.ts'

beforeAll(migrate)

const MEND = '/api/sources/shop/mend'

let plan: Extract<Mending, { ok: true }>
let mended: number
let here: TestConsole

beforeEach(async () => {
  mended = 0
  plan = {
    ok: true,
    done: false,
    steps: ['there is no webhook'],
    of: 'digest',
    givesPassword: true,
    report: {
      checked_at: '2026-12-01T10:00:00.000Z',
      answered_at: null,
      differences: [],
      webhook: null,
      others: 0,
      problem: null,
      key_can_also: null,
      can_mend: true,
    },
  }
  const object = espAccountObjects({
    async mend(isPlan) {
      if (!isPlan) mended++
      return { ...plan, done: !isPlan }
    },
  })
  here = newConsole({ ESP_ACCOUNTS: object })
})

const WHY = { 'x-reason': 'the account is ours' }

it.each<[string, 'admin' | 'operator', Record<string, string>, object, boolean, number | string]>([
  ['an admin with a reason gives the stored password', 'admin', WHY, { of: 'digest' }, true, 200],
  ['an admin without a reason does not', 'admin', {}, { of: 'digest' }, true, 'reason_needed'],
  ['an operator does not', 'operator', WHY, { of: 'digest' }, true, 'role_too_low'],
  ['an operator mends where the webhook was seen', 'operator', {}, { of: 'digest' }, false, 200],
  ['a yes to another plan is none', 'operator', {}, { of: 'earlier' }, false, 'plan_changed'],
  ['a yes to no plan is none', 'operator', {}, {}, false, 'plan_changed'],
  ['a plan needs neither', 'operator', {}, { plan: true }, true, 200],
])('%s', async (_, role, headers, body, givesPassword, wanted) => {
  plan = { ...plan, givesPassword }
  await ensureSources(here, ['shop'])
  const someone = await holder(here, role, role === 'admin' ? undefined : ['shop'])
  const { status, json } = await someone.send('POST', MEND, body, headers)
  expect(typeof wanted === 'number' ? status : json['code']).toBe(wanted)
  expect(mended).toBe(wanted === 200 && !('plan' in body) ? 1 : 0)
})
