import { describe, expect, it } from 'vitest'
import { hasAdmins, readAccessRoles, roleOf } from '../../../src/console/access/people.ts'
import { newConsole } from '../support.ts'

const ROLES = readAccessRoles('Ada@Example.com=admin, @example.com=viewer ,\n bob@other.example = operator')

it.each([
  ['an address', 'ada@example.com', 'admin'],
  ['an address in another spelling', 'ADA@example.COM', 'admin'],
  ['a domain', 'eve@example.com', 'viewer'],
  ['spaces around it', 'bob@other.example', 'operator'],
  ['another address of an unlisted domain', 'eve@other.example', undefined],
  ['a subdomain', 'eve@sub.example.com', undefined],
  ['a domain with the same ending', 'eve@notexample.com', undefined],
  ['two @ signs', 'ada@example.com@evil.example', undefined],
  ['nothing', '', undefined],
])('the role of %s', (_what, email, role) => {
  expect(ROLES && roleOf(ROLES, email)).toBe(role)
})

it.each([
  ['nobody', '', false],
  ['viewers', '@example.com=viewer', false],
  ['an admin', 'bob@example.com=viewer,ada@example.com=admin', true],
])('of %s tells whether there are admins', (_what, text, expected) => {
  expect(hasAdmins(readAccessRoles(text) ?? new Map())).toBe(expected)
})

it.each([
  'ada',
  'ada@example.com',
  'ada@example.com=owner',
  '=admin',
  '@=admin',
  'a@b=viewer,A@B=admin',
  'a@b=viewer=admin',
])('does not take %s', (text) => expect(readAccessRoles(text)).toBeUndefined())

describe('settings', () => {
  const GOOD = {
    ACCESS_TEAM_DOMAIN: 'acme.cloudflareaccess.com',
    ACCESS_AUD: 'aud',
    ACCESS_ROLES: 'a@b.example=admin',
  }

  it.each<[string, object, string | undefined]>([
    ['all settings', GOOD, undefined],
    ['no roles', { ...GOOD, ACCESS_ROLES: '' }, undefined],
    ['no settings', { ACCESS_TEAM_DOMAIN: '', ACCESS_AUD: ' ', ACCESS_ROLES: '' }, undefined],
    ['no domain', { ...GOOD, ACCESS_TEAM_DOMAIN: '' }, 'ACCESS_TEAM_DOMAIN'],
    ['a URL as the domain', { ...GOOD, ACCESS_TEAM_DOMAIN: 'https://acme.example' }, 'ACCESS_TEAM_DOMAIN'],
    ['no audience', { ...GOOD, ACCESS_AUD: '' }, 'ACCESS_AUD'],
    ['an unknown role', { ...GOOD, ACCESS_ROLES: 'a@b.example=owner' }, 'ACCESS_ROLES'],
  ])('with %s', async (_what, changes, named) => {
    const { status, json } = await newConsole(changes).api('GET', '/api/me')
    expect(status).toBe(named === undefined ? 200 : 503)
    if (named !== undefined) expect(json['detail']).toContain(named)
  })
})
