/** Pages that rotate and revoke secrets, of sources and of destinations. */
import { beforeAll, describe, expect, it } from 'vitest'
import { destinationObjects } from '../../support/destinations.ts'
import { migrate, newConsole } from '../support.ts'
import { logIn, visitor } from './visitor.ts'

beforeAll(migrate)

const SOURCE = {
  base: 'sources',
  slot: 'hmac',
  document: { provider: 'generic', rotateEveryDays: 30, secrets: { hmac: 'a-secret-of-the-pages-test' } },
  values: ['another-secret-of-the-pages-test', 'a-third-secret-of-the-pages-test'],
  other: 'at the sender',
  refused: 'every delivery would be refused',
} as const
const DESTINATION = {
  base: 'destinations',
  slot: 'signing_secret',
  document: {
    url: 'https://app.example.com/',
    secrets: { signing_secret: `whsec_${btoa('a'.repeat(32))}` },
  },
  values: [`whsec_${btoa('b'.repeat(32))}`, `whsec_${btoa('c'.repeat(32))}`],
  other: 'at the receiver',
  refused: 'No secret would be left to sign deliveries with',
} as const

type Owner = typeof SOURCE | typeof DESTINATION

/** An operator in front of a new source or destination. */
async function entered({ base, slot, document }: Owner, change: Record<string, unknown> = {}) {
  const objects = destinationObjects()
  const here = newConsole({ DESTINATIONS: objects })
  const name = `owner-${crypto.randomUUID()}`
  const api = `/api/${base}/${name}`
  await here.api('PUT', api, { ...document, ...change })
  const operator = visitor(here)
  const form_token = await operator.enter()
  objects.calls.length = 0
  const path = `/${base}/${name}`
  const at = `${path}/secrets/${slot}`
  const post = (verb: string, fields: Record<string, string> = {}) =>
    operator.post(`${at}/${verb}`, { form_token, ...fields })
  const states = async () =>
    ((await here.api('GET', api)).json['secret_versions'] as { state: string }[]).map(({ state }) => state)
  return { here, objects, name, operator, path, at, post, states }
}

const linkIn = (html: string): string => /\/retrieve\?link=([A-Za-z0-9_-]{43})/.exec(html)?.[1] ?? ''

describe.each<[string, Owner]>([
  ['a source', SOURCE],
  ['a destination', DESTINATION],
])('the secret of %s', (_what, owner) => {
  it('is rotated by a link, shown once, that shows the value once', async () => {
    const { here, objects, name, operator, path, at, post, states } = await entered(owner)
    const versions = `${path}/settings`
    const answer = await post('rotate')
    expect(answer.status).toBe(200)
    const html = await answer.text()
    expect(html).toContain(owner.other)
    expect(await states()).toEqual(['active', 'pending'])
    if (owner === DESTINATION) expect(objects.calls).toContain(`${name} changed`)
    expect(await operator.text(versions)).toContain(`set it ${owner.other}`)
    expect(await operator.text(`/${path.split('/')[1]}`)).toContain('secret')
    // Another link ends the first.
    expect(await operator.html(`${at}/rotate`)).toContain('Version 2 was generated and was not retrieved yet')
    const second = linkIn(await (await post('2/link')).text())
    expect((await visitor(here).post('/retrieve', { link: linkIn(html) })).status).toBe(404)
    expect((await visitor(here).post('/retrieve', { link: second })).status).toBe(200)
    expect(await states()).toEqual(['retiring', 'active'])
  })

  it('is replaced by the operator’s own value, once for each form', async () => {
    const { operator, at, post, states } = await entered(owner)
    const seen = /name="seen" value="([0-9]+)"/.exec(await operator.html(`${at}/rotate`))?.[1] ?? ''
    const [value, third] = owner.values
    const answer = await post('rotate', { seen, value: ` ${value}\n` })
    expect(answer.status).toBe(200)
    expect(await answer.text()).not.toContain(value)
    expect(await states()).toEqual(['retiring', 'active'])
    const again = await post('rotate', { seen, value: third })
    expect(again.status).toBe(412)
    const html = await again.text()
    expect(html).toContain('Nothing was changed.')
    expect(html).not.toContain(`name="seen" value="${seen}"`)
    // A leaked secret is replaced all the same, with a reason.
    const unexplained = await post('rotate', { seen, value: third, emergency: 'yes' })
    expect([unexplained.status, await unexplained.text()]).toEqual([
      422,
      expect.stringContaining('href="#reason"'),
    ])
    expect((await post('rotate', { seen, value: third, emergency: 'yes', reason: 'a leak' })).status).toBe(
      200,
    )
    expect((await states()).filter((state) => state === 'active')).toHaveLength(1)
  })

  it('says what is wrong with a value, without the value', async () => {
    const { post } = await entered(owner)
    const answer = await post('rotate', { value: 'changeme' })
    expect(answer.status).toBe(422)
    expect(await answer.text()).not.toContain('changeme')
  })

  it('is revoked, but the last one only with a reason', async () => {
    const { path, post, states } = await entered(owner)
    const refused = await post('1/revoke')
    expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining(owner.refused)])
    expect((await post('1/revoke', { force: 'yes' })).status).toBe(422)
    expect(await states()).toEqual(['active'])
    await post('rotate', { value: owner.values[0] })
    const done = await post('1/revoke')
    expect([done.status, done.headers.get('location')]).toEqual([303, `${path}/settings#secrets`])
    expect(await states()).toEqual(['revoked', 'active'])
    const last = await post('2/revoke', { force: 'yes', reason: 'Closed.' })
    // A destination that signs nothing is no destination: it is removed instead.
    expect(last.status).toBe(owner === SOURCE ? 303 : 409)
  })
})

it.each(['viewer', 'operator'] as const)(
  'a %s sees the versions of a source, and changes them by role',
  async (role) => {
    const { here, path } = await entered(SOURCE)
    const html = await (await logIn(here, role)).someone.html(`${path}/settings`)
    expect(html).toContain('hmac/1')
    for (const part of ['hmac/rotate"', 'hmac/1/revoke"', `${path}/settings/edit"`, `${path}/remove"`])
      expect(html.includes(part)).toBe(role === 'operator')
  },
)

it('the page of a source says that it refuses everything while it has no secret, and takes the first', async () => {
  const { operator, path, at, post, states } = await entered(SOURCE, { secrets: {} })
  const html = await operator.html(path)
  for (const part of ['refuses every delivery', `${path}/setup#secret`]) expect(html).toContain(part)
  expect(await operator.text('/sources')).toContain('no secret')
  const form = () => operator.html(`${at}/rotate`)
  expect(await form()).toContain('Add hmac')
  expect(await form()).not.toContain('It has leaked')
  await post('rotate', { value: SOURCE.values[0] })
  expect(await form()).toContain('It has leaked')
  expect(await states()).toEqual(['active'])
  expect(await operator.html(path)).not.toContain('refuses every delivery')
  expect(await operator.html(`${path}/settings`)).toMatch(/in (?:29|30) days/)
})
