/** The suppression policy on the pages: in words, planned, taken with a typed yes, and on the page of a person. */
import { beforeEach, describe, expect, it } from 'vitest'
import { personPath } from '../../../src/console/pages/people/person.tsx'
import { DEFAULT_POLICY, POLICY_BEFORE_0_4 } from '../../../src/store/policy/document.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { DAY_MS, mailEvent } from '../../support/mail-events.ts'
import { emptyStore } from '../../support/store.ts'
import { type TestConsole, newConsole, store } from '../support.ts'
import { type Visitor, textOf, visitor } from './visitor.ts'

const ADA = 'ada@example.com'
const PATH = '/suppressions/policy'

let here: TestConsole
let someone: Visitor
let form_token: string

beforeEach(async () => {
  await emptyStore()
  here = newConsole()
  someone = visitor(here)
  form_token = await someone.enter()
  const event = { source: 'shop', recipient: ADA, type: 'email.bounced', bounce_type: 'hard' } as const
  await consumeEvents(consumerDeps(store), [
    await mailEvent({ ...event, atMs: here.clock.nowMs - 40 * DAY_MS }),
  ])
})

const loaded = { version: '0', 'loaded.document': JSON.stringify(DEFAULT_POLICY, null, 2) }
const posted = (document: unknown, more: Record<string, string> = {}) =>
  someone.post(`${PATH}/edit`, {
    form_token,
    ...loaded,
    document: typeof document === 'string' ? document : JSON.stringify(document),
    ...more,
  })

describe('the policy', () => {
  it('is shown in words, and opened from the list', async () => {
    expect(await someone.html('/suppressions')).toContain(`href="${PATH}" data-open="dialog"`)
    const text = await someone.text(PATH)
    expect(text).toContain('It is the default.')
    expect(text).toMatch(/6 Hard bounces: mailbox disabled at once after 90 days, the second time never/)
    expect(text).toMatch(
      /7 Bounces: mailbox full after 3 within 30 days, 7 days or more from the first to the last after 60 days/,
    )
  })

  it('is planned, and taken with a typed yes where it suppresses many', async () => {
    expect(await someone.text('/suppressions?expired=true')).toMatch(
      /ada@example\.com hard bounce .*By rule 8 of the policy\. It expired/,
    )
    const wrong = await posted({ rules: [{ suppress: 'no', expires_days: 3 }] })
    expect([wrong.status, await wrong.text()]).toEqual([
      422,
      expect.stringContaining('rules.0.expires_days: Must be absent'),
    ])
    expect(await (await posted('{')).text()).toContain('Must be JSON.')
    const plan = textOf(await (await posted(POLICY_BEFORE_0_4)).text())
    expect(plan).toMatch(
      /People with bounces: 1\. Of these, 1 would come on the list, and 0 would go off it\. That is more than a twentieth/,
    )
    const lacking = await (await posted(POLICY_BEFORE_0_4, { planned: 'yes', confirm: 'no' })).text()
    expect(lacking).toContain('Must be yes, to change so many.')
    const taken = await posted(POLICY_BEFORE_0_4, { planned: 'yes', confirm: 'Yes' })
    expect([taken.status, taken.headers.get('location')]).toEqual([303, PATH])
    expect(await someone.text(PATH)).toMatch(/Taken .*4 Hard bounces at once never/)
    const person = await someone.text(personPath(await store.people.indexOf(ADA)))
    expect(person).toMatch(
      /must not be written to.*By rule 4 of the policy\. It does not expire.*Bounces that may count.*shop hard unknown 4/,
    )
  })
})
