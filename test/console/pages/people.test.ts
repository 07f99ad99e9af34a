/** The pages about one person: why nobody may write to the address, who lifted it, and the forms that change it. */
import { beforeEach, describe, expect, it } from 'vitest'
import { personPath } from '../../../src/console/pages/people/person.tsx'
import { findSuppression } from '../../../src/store/suppressions.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { mailEvent } from '../../support/mail-events.ts'
import { emptyStore } from '../../support/store.ts'
import { type TestConsole, newConsole, store } from '../support.ts'
import { type Visitor, textOf, visitor } from './visitor.ts'

const ADA = 'ada@example.com'

let here: TestConsole
let someone: Visitor
let form_token: string
/** Of Ada's page. */
let path: string

beforeEach(async () => {
  await emptyStore()
  here = newConsole()
  someone = visitor(here)
  form_token = await someone.enter()
  path = personPath(await store.people.indexOf(ADA))
})

const bounce = async (): Promise<void> => {
  const event = { atMs: here.clock.nowMs - 60_000, source: 'shop', recipient: ADA, reason: 'no such user' }
  await consumeEvents(consumerDeps(store), [
    await mailEvent({ ...event, type: 'email.bounced', bounce_type: 'hard' }),
    await mailEvent({ ...event, type: 'email.spam_reported', nr: 2 }),
  ])
}

/** Posts a form, and reads the page that it leads to. */
async function posted(to: string, fields: Record<string, string> = {}): Promise<string> {
  const response = await someone.post(to, { form_token, ...fields })
  expect(response.status).toBe(303)
  const location = response.headers.get('location') ?? ''
  expect(location).not.toMatch(/ada|@|%40/i)
  return someone.html(location)
}

const reasonsOf = async (address: string): Promise<string[]> =>
  ((await findSuppression(store, address))?.reasons ?? []).map(({ reason }) => reason)

describe('the page of a person', () => {
  it('is found by an address in any spelling, which stands in no URL', async () => {
    await bounce()
    const html = await posted('/search', { q: ' Ada <ADA@example.com>' })
    expect(textOf(html)).toMatch(/ada@example\.com.*No: it is suppressed.*no such user/)
  })

  it('lifts a suppression, says who did, and takes it back with the same reasons', async () => {
    await bounce()
    const before = await reasonsOf(ADA)
    expect(before.toSorted()).toEqual(['hard_bounce', 'spam_report'])
    const lifted = await posted(`${path}/lift`)
    expect(textOf(lifted)).toMatch(/no longer suppressed.*Yes: it is not suppressed.*lifted admin/)
    expect(await reasonsOf(ADA)).toEqual([])
    const [, was = ''] = /name="was" value="([^"]*)"/.exec(lifted) ?? []
    here.clock.nowMs += 1_000
    expect(textOf(await posted(`${path}/suppress-again`, { was }))).toContain('No: it is suppressed.')
    expect((await reasonsOf(ADA)).toSorted()).toEqual(before.toSorted())
    expect(textOf(await posted(`${path}/lift`))).toContain('no longer suppressed')
    expect(textOf(await posted(`${path}/lift`))).toContain('not suppressed any more')
  })

  it('suppresses the address, and takes it back', async () => {
    await consumeEvents(consumerDeps(store), [await mailEvent({ atMs: here.clock.nowMs, recipient: ADA, type: 'email.sent' })]) // prettier-ignore
    const html = await posted(`${path}/suppress`, { note: 'asked by phone' })
    expect(textOf(html)).toMatch(/The address is suppressed.*by hand.*asked by phone/)
    expect(html).toContain('Undo: lift it')
    // An older suppression is not lifted by an Undo of this one.
    expect(await posted('/suppressions/new', { address: ADA })).not.toContain('Undo')
    expect(textOf(await posted(`${path}/lift`))).toContain('Yes: it is not suppressed.')
  })

  it('is not found for somebody of whom nothing is known', async () => {
    const response = await someone.get(path)
    expect(response.status).toBe(404)
    expect(textOf(await response.text())).toContain('No event and no suppression names this address.')
  })
})

describe('the suppressions', () => {
  it('takes a new one in any spelling, and keeps what was typed if it is no address', async () => {
    expect(textOf(await posted('/suppressions/new', { address: ' Ada@Example.com ', note: 'asked' }))).toContain('by hand') // prettier-ignore
    expect(await findSuppression(store, ADA)).toMatchObject({
      reasons: [{ reason: 'manual', note: 'asked' }],
    })
    const response = await someone.post('/suppressions/new', { form_token, address: '"><b>', note: 'why' })
    expect(response.status).toBe(422)
    const html = await response.text()
    expect(html).toMatch(/<title>Error: .*href="#address"/s)
    expect(html).toContain('value="&quot;&gt;&lt;b&gt;"')
    expect(html).toContain('value="why"')
  })

  it('are narrowed by reason and time', async () => {
    await bounce()
    await posted('/suppressions/new', { address: 'grace@example.com' })
    const listed = async (query: string) =>
      [...(await someone.html(`/suppressions?${query}`)).matchAll(/<bdi>([a-z]+)@example\.com<\/bdi>/g)].map(([, name]) => name) // prettier-ignore
    expect(await listed('')).toEqual(['grace', 'ada'])
    expect(await listed('reason=spam_report')).toEqual(['ada'])
    expect(await listed('from=now-30m&reason=manual')).toEqual(['grace'])
    expect(await listed('to=now-2h')).toEqual([])
  })

  it('are checked, with the line that is no address', async () => {
    await bounce()
    const check = (addresses: string) => someone.post('/suppressions/check', { form_token, addresses })
    const found = textOf(await (await check(`Ada <${ADA}>\n\ngrace@example.com`)).text())
    expect(found).toMatch(
      /Suppressed: 1 of 2.*ada@example\.com no hard bounce, spam report.*grace@example\.com yes/,
    )
    for (const [typed, problem] of [
      ['', 'Enter at least one address.'],
      [`${ADA}\nlovelace`, 'There is no address in line 2.'],
      ['a@b.example\n'.repeat(1_001), 'Enter at most 1,000 addresses.'],
    ] as const) {
      const response = await check(typed)
      expect(response.status).toBe(422)
      expect(textOf(await response.text())).toContain(problem)
    }
  })
})
