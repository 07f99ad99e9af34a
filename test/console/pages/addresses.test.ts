/** Address checks on the pages: some at once, a list by and by, and the service with its key. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { emptyStore, rowsOf } from '../../support/store.ts'
import { type TestConsole, newConsole } from '../support.ts'
import { type Visitor, textOf, visitor } from './visitor.ts'

const PATH = '/suppressions/addresses'
const KEY = 'key-of-the-service-4711'

let here: TestConsole
let someone: Visitor
let form_token: string
let calls: number

beforeEach(async () => {
  await emptyStore()
  here = newConsole()
  someone = visitor(here)
  form_token = await someone.enter()
  calls = 0
  vi.stubGlobal('fetch', async (input: string) => {
    if (!input.includes('cloudflare-dns')) {
      calls++
      return Response.json({ result: 'risky', reason: 'low_quality', role: true })
    }
    return Response.json({
      Status: input.includes('gone') ? 3 : 0,
      Answer: [{ type: 15, TTL: 60, data: '0 .' }],
    })
  })
})
afterEach(() => vi.unstubAllGlobals())

const check = async (addresses: string) => someone.post(PATH, { form_token, addresses })

describe('the check', () => {
  it('is offered above the list, where its form needs no script', async () =>
    expect(await someone.html('/suppressions')).toContain(`formaction="${PATH}"`))

  it('says why, by whom, and of when', async () => {
    const text = textOf(await (await check('ada@gone.example\n\nno address\nada@gamil.com')).text())
    expect(text).toMatch(/ada@gone\.example undeliverable no domain DNS/)
    expect(text).toMatch(/no address undeliverable not an address its form/)
    expect(text).toMatch(/its domain takes no mail, perhaps mistyped, did you mean ada@gmail\.com\?/)
  })

  it('harms nobody by what was typed', async () =>
    expect(await (await check('<script>alert(1)</script>@example.com')).text()).not.toContain(
      '<script>alert',
    ))

  it('makes a list of many, which is stopped or read as CSV', async () => {
    const many = Array.from({ length: 101 }, (_, nr) => `p${nr}@gone.example`).join('\n')
    const made = await check(many)
    expect([made.status, made.headers.get('location')]).toEqual([303, `${PATH}/lists`])
    expect(textOf(await someone.html(`${PATH}/lists`))).toMatch(/running: 0 of 101.*Stop/)
    await here.minute()
    expect(textOf(await someone.html(`${PATH}/lists`))).toMatch(
      /done: 101 of 101 addresses, 101 undeliverable/,
    )
    const id = String((await rowsOf('SELECT id FROM address_jobs'))[0]?.['id'])
    const csv = await (await someone.get(`${PATH}/${id}/results.csv`)).text()
    expect(csv.split('\r\n')[1]).toMatch(/^p0@gone\.example,undeliverable,no_domain,,dns,2/)
    expect(csv.trim().split('\r\n')).toHaveLength(102)
    expect((await someone.get(`${PATH}/job_none/results.csv`)).status).toBe(404)

    await check(many)
    const other = String((await rowsOf('SELECT id FROM address_jobs WHERE ended_at IS NULL'))[0]?.['id'])
    expect((await someone.post(`${PATH}/${other}/stop`, { form_token })).status).toBe(303)
    expect(textOf(await someone.html(`${PATH}/lists`))).toContain('stopped: 0 of 101')
  })
})

describe('the service', () => {
  const save = async (fields: Readonly<Record<string, string>>) =>
    someone.post(`${PATH}/service`, {
      form_token,
      version: /name="version" value="(\d+)"/.exec(await someone.html(`${PATH}/service`))?.[1] ?? '0',
      service: 'kickbox',
      region: 'eu',
      budget_a_day: '10',
      ...fields,
    })

  it('is set with a key that is never shown, and kept if the field is empty', async () => {
    expect((await save({ key: KEY })).status).toBe(303)
    expect((await save({ budget_a_day: '7' })).status).toBe(303)
    const html = await someone.html(`${PATH}/service`)
    expect(html).not.toContain(KEY)
    expect(textOf(html)).toMatch(/Kickbox is asked, in the region eu, 7 times a day at most; 0 times today\./)
    vi.stubGlobal('fetch', async (input: string) =>
      input.includes('cloudflare-dns')
        ? Response.json({ Status: 2 })
        : (calls++, Response.json({ result: 'risky', reason: 'low_quality', role: true })),
    )
    expect(textOf(await (await check('info@example.com')).text())).toMatch(
      /risky low quality, not of one person Kickbox/,
    )
    expect(calls).toBe(1)
    expect((await save({ service: '' })).status).toBe(303)
    expect(textOf(await someone.html(PATH))).toContain('No service is asked')
  })

  it.each([
    ['a budget of words', { key: KEY, budget_a_day: 'many' }],
    ['a region that it has not', { service: 'hunter', key: KEY }],
    ['a key with a space', { key: 'a key' }],
  ])('is not set with %s, and the key is not shown', async (_, fields) => {
    const refused = await save(fields)
    expect(refused.status).toBe(422)
    expect(await refused.text()).not.toContain(KEY)
  })
})
