/** The pages about one person: why nobody may write to the address, who lifted it, and the forms that change it. */
import { type JWK, compactVerify, importJWK } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import { personPath } from '../../../src/console/pages/people/person.tsx'
import { findSuppression } from '../../../src/store/suppressions.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { mailEvent } from '../../support/mail-events.ts'
import { emptyStore } from '../../support/store.ts'
import { type TestConsole, newConsole, store } from '../support.ts'
import { type Visitor, textOf, visitor } from './visitor.ts'

const ADA = 'ada@example.com'
const GONE = 'hopper@example.com'

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

const bounce = async (recipient = ADA): Promise<void> => {
  const event = { atMs: here.clock.nowMs - 60_000, source: 'shop', recipient, reason: 'no such user' }
  await consumeEvents(consumerDeps(store), [
    await mailEvent({ ...event, type: 'email.bounced', bounce_type: 'hard' }),
    await mailEvent({ ...event, type: 'email.spam_reported', atMs: here.clock.nowMs - 30_000 }),
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
  ((await findSuppression(store, address, 0))?.reasons ?? []).map(({ reason }) => reason)

describe('the page of a person', () => {
  it('is found by an address in any spelling, which stands in no URL', async () => {
    await bounce()
    const html = await posted('/search', { q: ' Ada <ADA@example.com>' })
    expect(textOf(html)).toMatch(/ada@example\.com.*must not be written to.*no such user/)
  })

  it('lifts a suppression, says who did, and takes it back with the same reasons', async () => {
    await bounce()
    const before = await reasonsOf(ADA)
    expect(before.toSorted()).toEqual(['hard_bounce', 'spam_report'])
    expect(await someone.text(`${path}/lift`)).toMatch(
      /It ends 2 reasons: (hard bounce, spam report|spam report, hard bounce)/,
    )
    const lifted = await posted(`${path}/lift`, { reason: 'asked to be' })
    expect(await lines('suppression.lifted')).toMatchObject([{ reason: 'asked to be' }])
    expect(textOf(lifted)).toMatch(/ may be written to.*no longer suppressed.*lifted .*by admin/)
    expect(await reasonsOf(ADA)).toEqual([])
    const [, was = ''] = /name="was" value="([^"]*)"/.exec(lifted) ?? []
    here.clock.nowMs += 1_000
    expect(textOf(await posted(`${path}/suppress-again`, { was }))).toContain('must not be written to')
    expect((await reasonsOf(ADA)).toSorted()).toEqual(before.toSorted())
    expect(textOf(await posted(`${path}/lift`))).toContain('no longer suppressed')
    const again = await someone.post(`${path}/lift`, { form_token })
    const html = await again.text()
    expect([again.status, html]).toEqual([404, expect.stringContaining('This address is not suppressed')])
    expect(html).toContain(`<a href="${path}">Cancel</a>`)
  })

  it('suppresses the address, and takes it back', async () => {
    await consumeEvents(consumerDeps(store), [await mailEvent({ atMs: here.clock.nowMs, recipient: ADA, type: 'email.sent' })]) // prettier-ignore
    const html = await posted(`${path}/suppress`, { note: 'asked by phone' })
    expect(textOf(html)).toMatch(/The address is suppressed.*by hand.*asked by phone/)
    expect(html).toContain('Undo: lift it')
    // An older suppression is not lifted by an Undo of this one.
    expect(await posted('/suppressions/new', { address: ADA })).not.toContain('Undo')
    expect(textOf(await posted(`${path}/lift`))).toContain(' may be written to')
  })

  it('is not found for somebody of whom nothing is known', async () => {
    const response = await someone.get(path)
    expect(response.status).toBe(404)
    expect(textOf(await response.text())).toContain('No event and no suppression names this address.')
  })
})

const lines = async (action: string): Promise<unknown[]> =>
  ((await here.api('GET', '/api/audit')).json['entries'] as { action: string }[]).filter(
    (line) => line.action === action,
  )

describe('the rights of a person', () => {
  it('are to know where data is, with a line in the audit log', async () => {
    await bounce()
    const answer = await someone.post(`${path}/places`, { form_token })
    expect(textOf(await answer.text())).toMatch(/key 1 .* events 2 .* suppressions 2 /)
    expect(await lines('person.shown')).toHaveLength(1)
  })

  it('are a copy, to be read and for programs, with a reason', async () => {
    await bounce()
    const ask = (fields: Record<string, string>) => someone.post(`${path}/export`, { form_token, ...fields })
    const refused = await ask({ format: 'json' })
    expect(refused.status).toBe(422)
    expect(await lines('person.exported')).toEqual([])
    const page = await ask({ format: 'html', reason: 'request 4711' })
    expect(page.headers.get('content-disposition')).toMatch(
      /^attachment; filename="person-[0-9a-f]{8}\.html"$/,
    )
    expect(await page.text()).toMatch(/default-src 'none'.*Data about ada@example\.com.*no such user/s)
    const json = await ask({ format: 'json', reason: 'request 4711' })
    expect(await json.json()).toMatchObject({
      type: 'postern-person',
      address: ADA,
      events: [{ type: 'email.spam_reported' }, { type: 'email.bounced' }],
      suppressions: [{ reason: 'hard_bounce' }, { reason: 'spam_report' }],
    })
    expect(await lines('person.exported')).toMatchObject([
      { reason: 'request 4711' },
      { reason: 'request 4711' },
    ])
  })

  it('are to be erased, after a plan, with a certificate', async () => {
    // Events older than an erasure are stored without the person, so nobody else has this address.
    await bounce(GONE)
    path = personPath(await store.people.indexOf(GONE))
    expect(textOf(await someone.html(`${path}/erase`))).toMatch(
      /cannot be undone.*key 1 The key is destroyed.*events 2 .*What may still exist/,
    )
    const refused = await someone.post(`${path}/erase`, { form_token, keep_suppression: 'no' })
    expect(refused.status).toBe(422)
    expect(await refused.text()).toMatch(/<title>Error: .*value="no" checked/s)
    const erased = await posted(`${path}/erase`, { reason: 'request 4711' })
    expect(textOf(erased)).toMatch(
      /finished.*The person is erased\..*kept, as a keyed hash.*What was destroyed/,
    )
    expect(erased).not.toContain(GONE)
    expect(await lines('person.erased')).toMatchObject([{ reason: 'request 4711' }])
    const file = await someone.get('/erasures/1/certificate.json')
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="erasure-1.json"')
    const { certificate, jws, key } = await file.json<{ certificate: object; jws: string; key: JWK }>()
    const { payload } = await compactVerify(jws, await importJWK(key, 'EdDSA'))
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(certificate)
    const gone = await someone.get(path)
    expect(gone.status).toBe(404)
    expect(textOf(await gone.text())).toMatch(/was erased.*Suppressions of the address were kept.*Erasure 1/)
    expect(await someone.text('/erasures')).toMatch(/Erasure 1 finished/)
  })

  it('are to be erased also by somebody whom nobody knows', async () => {
    await bounce()
    const ask = (fields: Record<string, string>) => someone.post('/erasures/new', { form_token, ...fields })
    expect((await ask({ address: 'lovelace' })).status).toBe(422)
    expect((await ask({ address: ADA })).headers.get('location')).toBe(`${path}/erase`)
    const plan = await ask({ address: 'Joan@Example.com' })
    expect(await plan.text()).toContain('name="address" value="joan@example.com"')
    const fields = { address: 'joan@example.com', planned: 'yes' }
    expect((await ask(fields)).status).toBe(422)
    expect(textOf(await posted('/erasures/new', { ...fields, reason: 'asked' }))).toContain(
      'The person is erased.',
    )
  })

  it('wait for the end of a hold', async () => {
    await bounce()
    const hold = { person: ADA, reason: 'case 7' }
    expect((await here.api('PUT', '/api/retention', { holds: [hold] })).status).toBe(200)
    expect((await someone.get(`${path}/erase`)).status).toBe(409)
    const answer = await someone.post(`${path}/erase`, { form_token, reason: 'asked' })
    expect([answer.status, await reasonsOf(ADA)]).toEqual([409, ['hard_bounce', 'spam_report']])
    await here.api('PUT', '/api/retention', { holds: [] })
  })
})

describe('a suppression for one scope', () => {
  const new_ = (fields: Record<string, string>) =>
    someone.post('/suppressions/new', { form_token, ...fields })
  const scope = 'list:<news>'

  it('is added, shown, lifted and taken back', async () => {
    const html = textOf(await posted('/suppressions/new', { address: ADA, scope }))
    expect(html).toMatch(
      /may be written to, but not with some mail.*Nobody may send that mail.*Undo: lift it.*by hand only for list:&lt;news&gt;/,
    )
    expect(textOf(await someone.html('/suppressions'))).toMatch(
      /by hand only for list:&lt;news&gt;.*Lift a scope/,
    )
    expect(await someone.html('/suppressions?scope=list:other')).not.toContain(ADA)
    const lifted = await posted(`${path}/lift`, { scope })
    expect(textOf(lifted)).toMatch(
      / may be written to .*held for that mail only is lifted.*lifted only for list:&lt;news&gt;/,
    )
    const fields = Object.fromEntries(
      [...lifted.matchAll(/name="(was|scope)" value="([^"]*)"/g)].map(([, name, value = '']) => [name, value.replaceAll('&lt;', '<').replaceAll('&gt;', '>')]), // prettier-ignore
    )
    expect(fields).toEqual({ was: 'manual', scope })
    here.clock.nowMs += 1_000
    expect(textOf(await posted(`${path}/suppress-again`, fields))).toContain('but not with some mail')
    await posted('/suppressions/new', { address: ADA })
    expect(textOf(await posted(`${path}/lift`))).toMatch(/but not with some mail.*no longer suppressed/)
  })

  it('is checked for, and refused without a kind', async () => {
    await posted('/suppressions/new', { address: ADA, scope })
    const check = async (asked: string) =>
      textOf(
        await (
          await someone.post('/suppressions/check', { form_token, addresses: ADA, scope: asked })
        ).text(),
      )
    expect(await check('')).toMatch(/Suppressed: 0 of 1.*yes.*list:&lt;news&gt;/)
    expect(await check(scope)).toMatch(/Suppressed for list:&lt;news&gt;: 1 of 1.*no by hand/)
    expect(await check('news')).toContain('Must be a kind and a value')
    expect((await new_({ address: ADA, scope: 'news' })).status).toBe(422)
  })
})

describe('the suppressions', () => {
  it('takes a new one in any spelling, and keeps what was typed if it is no address', async () => {
    expect(textOf(await posted('/suppressions/new', { address: ' Ada@Example.com ', note: 'asked' }))).toContain('by hand') // prettier-ignore
    expect(await findSuppression(store, ADA, 0)).toMatchObject({
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
      ['', 'Must not be empty.'],
      [`${ADA}\n\nlovelace`, 'Line 3: Must be an address'],
      ['a@b.example\n'.repeat(1_001), 'at most 1,000.'],
    ] as const) {
      const response = await check(typed)
      expect(response.status).toBe(422)
      expect(textOf(await response.text())).toContain(problem)
    }
  })

  it('are imported as CSV after a preview, and exported as CSV that imports again', async () => {
    const send = (fields: Record<string, string>) =>
      someone.post('/suppressions/import', { form_token, ...fields })
    await posted('/suppressions/new', { address: ADA })
    const list = `Email Address,note\r\n${ADA},\r\n"joan.2@example.com","asked, ""twice"""\r\nlovelace,\r\n`
    const plan = textOf(await (await send({ list })).text())
    expect(plan).toMatch(
      /To import 2 Suppressed already 1 Left out 1: .* in line 4\..*joan\.2@example\.com by hand now/,
    )
    expect(await reasonsOf('joan.2@example.com')).toEqual([])
    const done = await posted('/suppressions/import', { list, planned: 'yes', reason: 'from the ESP' })
    expect(textOf(done)).toMatch(/1 reason added.*joan\.2@example\.com by hand/)
    expect((await lines('suppressions.imported'))[0]).toMatchObject({ reason: 'from the ESP' })
    const file = await someone.get('/suppressions/export.csv')
    expect(file.headers.get('content-disposition')).toContain('suppressions.csv')
    const csv = await file.text()
    expect(csv.split('\r\n')).toHaveLength(4)
    expect(csv).toContain('"asked, ""twice"""')
    expect(textOf(await (await send({ list: csv })).text())).toContain(
      'To import 2 Suppressed already 2 Left out 0',
    )
    const large = `address,note\n${Array.from({ length: 1_500 }, (_, i) => `p${i}@example.com,${'n'.repeat(90)}\n`).join('')}`
    expect(textOf(await (await send({ list: large })).text())).toContain('To import 1,500')
    expect(await (await send({ list, as_of: 'yesterday' })).text()).toContain('href="#as_of"')
    for (const wrong of ['', '"open', 'lovelace', `${ADA}\n`.repeat(2_001)])
      expect((await send({ list: wrong })).status).toBe(422)
  })
})
