/** The schemes that present a secret as it is. */
import { describe, expect, it } from 'vitest'
import { basic } from '../../../src/gateway/authenticate/basic.ts'
import { namedValues } from '../../../src/gateway/authenticate/named-values.ts'
import { sharedSecret } from '../../../src/gateway/authenticate/shared-secret.ts'
import { toBase64, utf8 } from '../../../src/platform/bytes.ts'
import type {
  BasicCredentials,
  NamedValuesCredentials,
  SharedSecretCredentials,
} from '../../../src/providers/shared/presented-credentials.ts'
import type { Secret } from '../../../src/registry/sources/source.ts'
import { contextWith, textSecret } from './making.ts'
import { describeScheme } from './suite.ts'

const BODY = utf8('{"event":"bounced"}')
const covered = { slots: ['key'], identity: [BODY], coversBody: false } as const

describeScheme<SharedSecretCredentials>({
  title: 'a shared secret',
  scheme: sharedSecret,
  codes: ['credentials_wrong', 'proof_malformed'],
  presented: ({ presented }) => presented,
  present: (credentials, presented) => ({ ...credentials, presented }),
  async valid() {
    const text = crypto.randomUUID()
    return { credentials: { scheme: 'shared-secret', presented: text, ...covered }, secret: textSecret(text) }
  },
})

const pair = (username: string, password: string): Secret => ({ kind: 'basic', username, password })
const header = (text: string, scheme = 'Basic') => `${scheme} ${toBase64(utf8(text))}`
const basicCredentials = (authorization: string): BasicCredentials => ({
  scheme: 'basic',
  authorization,
  ...covered,
})

describeScheme<BasicCredentials>({
  title: 'HTTP Basic',
  scheme: basic,
  // RFC 9110 section 11.4 allows several before the credentials.
  harmless: ['a space before'],
  encoding: 'base64',
  codes: ['credentials_wrong', 'proof_malformed'],
  presented: ({ authorization }) => authorization.replace(/^Basic /, ''),
  present: (_credentials, text) => basicCredentials(text === '' ? '' : `Basic ${text}`),
  async valid() {
    // Of a length whose base64 ends in padding.
    const password = `${crypto.randomUUID()}:0`
    return { credentials: basicCredentials(header(`hooks:${password}`)), secret: pair('hooks', password) }
  },
})

describe('the Authorization header of HTTP Basic', () => {
  const secret = pair('hookuser', 'hook:pass/wörd-1')
  const judge = async (authorization: string) => {
    const outcome = await basic.verify(basicCredentials(authorization), contextWith([secret]))
    return outcome.ok ? 'passed' : outcome.refusal.code
  }

  it.each([
    ['with colons in the password', header('hookuser:hook:pass/wörd-1')],
    ['in lower case', header('hookuser:hook:pass/wörd-1', 'basic')],
    ['in upper case', header('hookuser:hook:pass/wörd-1', 'BASIC')],
    ['with two spaces', header('hookuser:hook:pass/wörd-1', 'Basic ')],
  ])('passes %s', async (_what, authorization) => {
    expect(await judge(authorization)).toBe('passed')
  })

  it.each([
    ['the password cut at its colon', header('hookuser:hook'), 'credentials_wrong'],
    ['another user', header('hookuse:hook:pass/wörd-1'), 'credentials_wrong'],
    ['the user in upper case', header('HOOKUSER:hook:pass/wörd-1'), 'credentials_wrong'],
    ['no user', header(':hook:pass/wörd-1'), 'credentials_wrong'],
    ['no password', header('hookuser:'), 'credentials_wrong'],
    ['no colon', header('hookuser'), 'proof_malformed'],
    [
      'the password in decomposed Unicode',
      header('hookuser:hook:pass/wörd-1'.normalize('NFD')),
      'credentials_wrong',
    ],
    ['a byte that is not UTF-8', `Basic ${toBase64(Uint8Array.of(0x61, 0x3a, 0xf6))}`, 'proof_malformed'],
    ['another scheme', header('hookuser:hook:pass/wörd-1', 'Bearer'), 'proof_malformed'],
    ['two of them', `${header('hookuser:hook:pass/wörd-1')}, ${header('a:b')}`, 'proof_malformed'],
    ['plain text', 'Basic hookuser:hook:pass/wörd-1', 'proof_malformed'],
    ['base64url', header('hookuser:????>>>>').replaceAll('/', '_').replaceAll('+', '-'), 'proof_malformed'],
  ])('refuses %s', async (_what, authorization, code) => {
    expect(await judge(authorization)).toBe(code)
  })
})

const values = (entries: Record<string, string>): Secret => ({ kind: 'named-values', values: entries })
const named = (presented: Record<string, string | null>): NamedValuesCredentials => ({
  scheme: 'named-values',
  presented: (name) => presented[name] ?? null,
  ...covered,
})

describeScheme<NamedValuesCredentials>({
  title: 'named values',
  scheme: namedValues,
  codes: ['credentials_wrong', 'proof_missing'],
  presented: ({ presented }) => presented('x-token') ?? '',
  present: (_credentials, text) => named({ 'x-token': text === '' ? null : text }),
  async valid() {
    const token = crypto.randomUUID()
    return { credentials: named({ 'x-token': token }), secret: values({ 'x-token': token }) }
  },
})

describe('several named values', () => {
  const secret = values({ 'x-one': 'value-number-one', 'x-two': 'value-number-two' })
  it.each<[string, Record<string, string | null>, string]>([
    ['both', { 'x-one': 'value-number-one', 'x-two': 'value-number-two' }, 'passed'],
    ['the first only', { 'x-one': 'value-number-one' }, 'credentials_wrong'],
    ['the second only', { 'x-two': 'value-number-two' }, 'credentials_wrong'],
    ['exchanged', { 'x-one': 'value-number-two', 'x-two': 'value-number-one' }, 'credentials_wrong'],
    ['one empty', { 'x-one': 'value-number-one', 'x-two': '' }, 'credentials_wrong'],
    ['none', {}, 'proof_missing'],
  ])('pass as a whole: %s', async (_what, presented, expected) => {
    const outcome = await namedValues.verify(named(presented), contextWith([secret]))
    expect(outcome.ok ? 'passed' : outcome.refusal.code).toBe(expected)
  })

  it('do not mix two sets', async () => {
    const other = values({ 'x-one': 'another-number-one', 'x-two': 'another-number-two' })
    const mixed = named({ 'x-one': 'value-number-one', 'x-two': 'another-number-two' })
    expect(await namedValues.verify(mixed, contextWith([secret, other]))).toMatchObject({ ok: false })
  })

  it('count a name that no header can have as absent', async () => {
    const credentials = { ...named({}), presented: (name: string) => new Headers().get(name) }
    const outcome = await namedValues.verify(
      credentials,
      contextWith([values({ 'no header': 'value-number-one' })]),
    )
    expect(outcome).toMatchObject({ refusal: { code: 'proof_missing' } })
  })

  it('with an empty value prove nothing', async () => {
    const outcome = await namedValues.verify(named({ 'x-one': '' }), contextWith([values({ 'x-one': '' })]))
    expect(outcome).toMatchObject({ refusal: { code: 'secret_missing' } })
  })
})
