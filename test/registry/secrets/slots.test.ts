import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { cloudflareEmail } from '../../../src/providers/cloudflare-email.ts'
import { sendgrid } from '../../../src/providers/sendgrid.ts'
import type { Provider } from '../../../src/providers/shared/provider.ts'
import type { SecretKind } from '../../../src/providers/shared/secret-kinds.ts'
import { SourceConfigSchema } from '../../../src/registry/sources/document.ts'
import type { Secrets } from '../../../src/registry/sources/source.ts'
import { checkSecrets } from '../../../src/registry/secrets/index.ts'

const A = 'secret-a-0123456789'
const B = 'secret-b-0123456789'

/** A provider with a method for each slot. */
const providerWith = (secrets: Record<string, SecretKind>): Provider => ({
  ...sendgrid,
  name: 'made-up',
  title: 'Made up',
  secrets,
  authMethods: Object.keys(secrets).map((slot) => ({
    name: `by_${slot}`,
    slots: [slot],
    covers: 'body',
    credentials: () => ({ scheme: 'none', problem: 'proof_missing', field: slot }),
  })),
})

const TWO = providerWith({ one: 'text', two: 'text', free: 'any-public' })

const check = (raw: Record<string, unknown>, config: Record<string, unknown> = {}, provider = TWO) =>
  checkSecrets(provider, v.parse(SourceConfigSchema, { provider: 'made-up', ...config }), raw)

const pathsOf = async (...given: Parameters<typeof check>) => {
  const checked = await check(...given)
  return checked.ok ? 'taken' : checked.problems.map(({ path }) => path)
}

describe('slots of secrets', () => {
  it('are refused if the provider posts nothing: the error says where its events come from', async () => {
    expect(await check({}, {}, cloudflareEmail)).toEqual({
      ok: false,
      problems: [
        {
          path: 'provider',
          problem: 'Cloudflare Email Service posts nothing: its events come by a queue.',
        },
      ],
    })
  })

  it('take one value or a list', async () => {
    expect(await check({ one: A, two: [A, B] })).toEqual({
      ok: true,
      secrets: {
        one: [{ kind: 'text', text: A }],
        two: [
          { kind: 'text', text: A },
          { kind: 'text', text: B },
        ],
      },
    })
  })

  it.each<[string, Record<string, unknown>, readonly string[] | 'taken']>([
    ['eight values', { one: Array.from({ length: 8 }, () => A) }, 'taken'],
    ['nine values', { one: Array.from({ length: 9 }, () => A) }, ['secrets.one']],
    ['an empty list', { one: [] }, ['secrets.one']],
    ['a list in a list', { one: [[A]] }, ['secrets.one.0']],
    ['null', { one: null }, ['secrets.one']],
    ['a number', { one: 1_234_567_890 }, ['secrets.one']],
    ['one bad value of three', { one: [A, 'short', B] }, ['secrets.one.1']],
    [
      'all that is wrong at once',
      { one: ['', A, 'secret'], two: 7, three: A },
      ['secrets.one.0', 'secrets.one.2', 'secrets.two', 'secrets.three'],
    ],
    ['an unknown slot', { one: A, three: B }, ['secrets.three']],
    ['a slot of the prototype', { one: A, constructor: B }, ['secrets.constructor']],
    [
      'an own __proto__',
      JSON.parse(`{"one":"${A}","__proto__":"${B}"}`) as Record<string, unknown>,
      ['secrets.__proto__'],
    ],
    ['a secret as the name of a slot', { one: A, 'SG.0123456789abcdef': B }, ['secrets']],
    ['no secret at all', {}, ['secrets']],
  ])('with %s', async (_what, raw, expected) => {
    expect(await pathsOf(raw)).toEqual(expected)
  })

  it('are listed in the error: the allowed ones for an unknown one, the needed ones for none', async () => {
    const unknown = await check({ three: A, one: B })
    expect(unknown).toMatchObject({ problems: [{ problem: expect.stringContaining('one, two, free') }] })
    const none = await check({})
    expect(none).toMatchObject({ problems: [{ problem: expect.stringContaining('one, two, free') }] })
  })
})

describe('auth methods', () => {
  it.each<[string, readonly string[], Record<string, unknown>, readonly string[] | 'taken']>([
    ['with their secrets', ['by_one', 'by_two'], { one: A, two: B }, 'taken'],
    ['of which one lacks its secret', ['by_one', 'by_two'], { one: A }, ['auth.methods.1']],
    ['that the provider does not have', ['by_one', 'by_magic'], { one: A }, ['auth.methods.1']],
    ['whose secret is wrong, once', ['by_one'], { one: 'short' }, ['secrets.one']],
    ['that leave a secret unused', ['by_one'], { one: A, two: B }, 'taken'],
  ])('that are named: %s', async (_what, methods, raw, expected) => {
    expect(await pathsOf(raw, { auth: { methods } })).toEqual(expected)
  })

  it('that are unknown are refused with a list of the known ones', async () => {
    const checked = await check({ one: A }, { auth: { methods: ['magic'] } })
    expect(checked).toMatchObject({
      problems: [{ problem: expect.stringContaining('by_one, by_two, by_free') }],
    })
  })
})

const signature = (algorithm: string) => ({
  algorithm,
  header: 'x-signature',
  encoding: 'hex',
  signed: '{body}',
})
const PUBLIC = 'MCowBQYDK2VwAyEAVsxsb9Gv+QOa/wpjfayU9N2kIaWwRtpf7mttf5pH8UA='

describe('the free signature', () => {
  const provider: Provider = {
    ...providerWith({ hmac: 'text', public_key: 'any-public', api_key: 'text' }),
    authMethods: [
      {
        name: 'signature',
        slots: ['hmac', 'public_key'],
        covers: 'body',
        credentials: () => ({ scheme: 'none', problem: 'proof_missing', field: 'x' }),
      },
      {
        name: 'api_key',
        slots: ['api_key'],
        covers: 'nothing',
        credentials: () => ({ scheme: 'none', problem: 'proof_missing', field: 'x' }),
      },
    ],
  }
  it.each<[string, string | undefined, Record<string, unknown>, readonly string[] | 'taken']>([
    ['an HMAC with a text', 'hmac-sha512', { hmac: A }, 'taken'],
    ['Ed25519 with its key', 'ed25519', { public_key: PUBLIC }, 'taken'],
    ['Ed25519 with a text', 'ed25519', { hmac: A }, ['signature.algorithm']],
    ['Ed25519 with an API key only', 'ed25519', { api_key: A }, ['signature.algorithm']],
    [
      'an HMAC with a public key',
      'hmac-sha256',
      { public_key: PUBLIC },
      ['secrets.public_key', 'signature.algorithm'],
    ],
    ['ECDSA with a key of Ed25519', 'ecdsa-p256-sha256', { public_key: PUBLIC }, ['secrets.public_key']],
    ['no signature with a public key', undefined, { public_key: PUBLIC }, ['secrets.public_key']],
    ['no signature with an API key', undefined, { api_key: A }, 'taken'],
  ])('needs the secret of its algorithm: %s', async (_what, algorithm, raw, expected) => {
    const config = algorithm === undefined ? {} : { signature: signature(algorithm) }
    expect(await pathsOf(raw, config, provider)).toEqual(expected)
  })
})

describe('algorithms of tokens', () => {
  it('are known ones', async () => {
    const jwt = { algorithms: ['HS256', 'RS256', 'none', 'hs256'] }
    expect(await pathsOf({ one: A }, { jwt })).toEqual(['jwt.algorithms.2', 'jwt.algorithms.3'])
  })
})

describe('secrets that are kept', () => {
  const text = { kind: 'text', text: A } as const
  const key = { kind: 'public-key', algorithm: 'ed25519', spki: PUBLIC } as const
  const kept = async (stored: Secrets, config: Record<string, unknown> = {}, provider = TWO) => {
    const settings = v.parse(SourceConfigSchema, { provider: 'made-up', ...config })
    const result = await checkSecrets(provider, settings, {}, stored)
    return result.ok ? [] : result.problems.map(({ path }) => path)
  }

  it('are accepted if they still fit the document', async () => {
    expect(await kept({ one: [text], two: [text, text] })).toEqual([])
    expect(await kept({ free: [key] }, { signature: signature('ed25519') })).toEqual([])
    const pair = providerWith({ one: 'standard-webhooks', two: 'ed25519-public' })
    const keys: Secrets = { one: [key, { kind: 'standard-webhooks', key: 'AAAA' }], two: [key] }
    expect(await kept(keys, {}, pair)).toEqual([])
  })

  it.each<[string, Secrets, Record<string, unknown>, Provider, readonly string[]]>([
    [
      'another algorithm',
      { free: [key] },
      { signature: signature('ecdsa-p256-sha256') },
      TWO,
      ['secrets.free'],
    ],
    ['no algorithm any more', { free: [key] }, {}, TWO, ['secrets.free']],
    ['a slot that is gone', { three: [text], one: [text] }, {}, TWO, ['secrets.three']],
    ['a slot of another kind', { one: [text] }, {}, providerWith({ one: 'basic' }), ['secrets.one']],
    ['a key of another kind', { one: [key] }, {}, providerWith({ one: 'rsa-public' }), ['secrets.one']],
    [
      'a method without its secret',
      { one: [text] },
      { auth: { methods: ['by_two'] } },
      TWO,
      ['auth.methods.0'],
    ],
    ['none', {}, {}, TWO, ['secrets']],
  ])('are refused for %s', async (_what, stored, config, provider, paths) => {
    expect(await kept(stored, config, provider)).toEqual(paths)
  })
})
