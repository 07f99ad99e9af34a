import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  FileRefused,
  readConfigurationFile,
  writeConfigurationFile,
} from '../../src/api/configuration-file.ts'
import { resolved } from '../../src/console/configuration-secrets.ts'
import { doubledKey } from '../../src/platform/doubled-key.ts'

const SECRET = 'seeded-secret-of-the-file-test'
const read = (text: string) => readConfigurationFile(Buffer.from(text))

describe('a configuration file', () => {
  it('is written the same whatever the order, and read as it was', () => {
    const one = {
      b: { secrets: { hmac: { stored: true } }, level: 'standard', provider: 'generic' },
      a: { provider: 'ses' },
    }
    const other = {
      a: { provider: 'ses' },
      b: { level: 'standard', provider: 'generic', secrets: { hmac: { stored: true } } },
    }
    const text = writeConfigurationFile(one)
    expect(text).toBe(writeConfigurationFile(other))
    expect(text).toMatch(/^\{\n {2}"postern": 1,\n {2}"sources": \{\n {4}"a": \{\n {6}"provider": "ses"\n/)
    expect(read(text).sources).toEqual(one)
  })

  it('has destinations, the URL of each first, if there are any', () => {
    const app = { filter: { types: ['email.bounced'] }, url: 'https://app.example.com/' }
    const text = writeConfigurationFile({}, { app })
    expect(text).toMatch(/"destinations": \{\n {4}"app": \{\n {6}"url": /)
    expect(read(text).destinations).toEqual({ app })
    expect(read(writeConfigurationFile({}))).toEqual({ postern: 1, sources: {} })
  })

  it.each([
    ['of a later form', '{"postern": 2, "sources": {}}'],
    ['of no form', '{"sources": {}}'],
    ['with another field', '{"postern": 1, "sources": {}, "prune": true}'],
    ['without sources', '{"postern": 1}'],
    ['with a list', '{"postern": 1, "sources": []}'],
    ['with a source that is none', '{"postern": 1, "sources": {"a": 1}}'],
    ['that is a list', '[]'],
    ['in YAML', 'postern: 1'],
    ['cut off', '{"postern": 1'],
    ['not in UTF-8', Buffer.from([0x7b, 0xff]).toString('latin1')],
  ])('%s is refused', (_what, text) => {
    expect(() => readConfigurationFile(Buffer.from(text, 'latin1'))).toThrow(FileRefused)
  })
})

describe('a key', () => {
  it.each([
    ['twice', '{"a":1,\n"a":2}', 2],
    ['twice, escaped', '{"a":1,"\\u0061":2}', 1],
    ['twice, below', '{"x":{"a":1,\n\n"a":2}}', 3],
    ['in two objects', '{"x":{"a":1},"y":{"a":2}}', undefined],
    ['in a list of objects', '[{"a":1},{"a":2}]', undefined],
    ['as a value, too', '{"a":"a","b":"a"}', undefined],
    ['with punctuation in it', '{"a:{":1,"a:[":2}', undefined],
    ['called __proto__ twice', '{"__proto__":1,"__proto__":2}', 1],
  ])('%s is found, or not', (_what, text, line) => {
    expect(doubledKey(text)).toBe(line)
  })

  it('is never found twice in what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(doubledKey(JSON.stringify(value, null, 1))).toBeUndefined()
      }),
    )
  })
})

describe('a reference', () => {
  const environment = {
    KEY: SECRET,
    BASIC: JSON.stringify({ username: 'u', password: SECRET }),
    EMPTY: '',
  }
  const resolve = (provider: string, secrets: unknown) =>
    resolved({ sources: { shop: { provider, secrets } } }, environment).sources['shop']?.['secrets']

  it.each([
    ['to what is stored', 'generic', { hmac: { stored: true } }, { hmac: { stored: true } }],
    ['to a variable', 'generic', { hmac: { env: 'KEY' } }, { hmac: SECRET }],
    ['to several', 'generic', { hmac: [{ env: 'KEY' }, { env: 'KEY' }] }, { hmac: [SECRET, SECRET] }],
    [
      'to a variable with fields',
      'generic',
      { basic_auth: { env: 'BASIC' } },
      { basic_auth: { username: 'u', password: SECRET } },
    ],
    [
      'of each field',
      'generic',
      { basic_auth: { username: { env: 'KEY' }, password: { env: 'KEY' } } },
      { basic_auth: { username: SECRET, password: SECRET } },
    ],
    ['is not needed for a public key', 'mailpace', { public_key: 'MCowBQ' }, { public_key: 'MCowBQ' }],
    [
      'is not needed for topics',
      'ses',
      { topic_arns: ['arn:aws:sns:eu-west-1:1:t'] },
      { topic_arns: ['arn:aws:sns:eu-west-1:1:t'] },
    ],
    [
      'is not needed for topics of Scaleway',
      'scaleway-tem',
      { topic_arns: ['arn:scw:sns:fr-par:project-1:t'] },
      { topic_arns: ['arn:scw:sns:fr-par:project-1:t'] },
    ],
  ])('%s is resolved', (_what, provider, secrets, values) => {
    expect(resolve(provider, secrets)).toEqual(values)
  })

  it('is not looked for where a document says nothing of secrets', () => {
    const file = { sources: { shop: { provider: 'generic' } }, destinations: { app: { url: 'x' } } }
    expect(resolved(file, {})).toEqual(file)
  })

  it.each([
    ['a value', 'generic', { hmac: SECRET }, 'shop.secrets.hmac: '],
    ['a value in a list', 'generic', { hmac: [{ env: 'KEY' }, SECRET] }, 'shop.secrets.hmac.1: '],
    [
      'a value in a field',
      'generic',
      { basic_auth: { username: { env: 'KEY' }, password: SECRET } },
      'shop.secrets.basic_auth.password: ',
    ],
    ['a value of an unknown slot', 'generic', { pigeon: SECRET }, 'shop.secrets.pigeon: '],
    ['a variable that is not set', 'generic', { hmac: { env: 'NONE' } }, 'The variable NONE is not set.'],
    ['a variable that is empty', 'generic', { hmac: { env: 'EMPTY' } }, 'The variable EMPTY is not set.'],
    ['a variable of no name', 'generic', { hmac: { env: `${SECRET} x` } }, 'shop.secrets.hmac: '],
    ['more beside a variable', 'generic', { hmac: { env: 'KEY', value: SECRET } }, 'shop.secrets.hmac: '],
    ['fields that are no JSON', 'generic', { basic_auth: { env: 'KEY' } }, 'must hold JSON'],
    ['secrets that are a list', 'generic', [SECRET], 'shop.secrets: '],
    ['stored in a list', 'generic', { hmac: [{ stored: true }] }, 'shop.secrets.hmac.0: '],
    ['a word for stored', 'generic', { hmac: { stored: 'yes' } }, 'shop.secrets.hmac: '],
  ])('is refused with %s, which is not quoted', (_what, provider, secrets, words) => {
    const thrown = caught(() => resolve(provider, secrets))
    expect(thrown.more.join('\n')).toContain(words)
    expect(`${thrown.message} ${thrown.more.join(' ')}`).not.toContain(SECRET)
  })

  it('names everything that is wrong at once', () => {
    const thrown = caught(() =>
      resolved(
        {
          sources: {
            a: { provider: 'generic', secrets: { hmac: SECRET, jwt: { env: 'NONE' } } },
            b: { provider: 'ses', secrets: 1 },
          },
          destinations: { app: { secrets: { signing_secret: SECRET } } },
        },
        {},
      ),
    )
    expect(thrown.more).toHaveLength(4)
  })
})

describe('a reference of a destination', () => {
  const environment = { KEY: SECRET }
  const resolve = (document: Record<string, unknown>) =>
    resolved({ sources: {}, destinations: { app: document } }, environment).destinations?.['app']

  it.each([
    [
      'of its secrets',
      { secrets: { signing_secret: { env: 'KEY' } } },
      { secrets: { signing_secret: SECRET } },
    ],
    ['of its headers', { headers: { 'X-Key': { env: 'KEY' } } }, { headers: { 'X-Key': SECRET } }],
    [
      'to what is stored',
      { headers: { 'X-Key': { stored: true } } },
      { headers: { 'X-Key': { stored: true } } },
    ],
  ])('%s is resolved', (_what, document, values) => expect(resolve(document)).toEqual(values))

  it.each([
    ['a value of a secret', { secrets: { signing_key: SECRET } }, 'destinations.app.secrets.signing_key: '],
    ['a value of a header', { headers: { 'X-Key': SECRET } }, 'destinations.app.headers.X-Key: '],
    ['headers in a list', { headers: [SECRET] }, 'destinations.app.headers: '],
  ])('is refused with %s, which is not quoted', (_what, document, words) => {
    const thrown = caught(() => resolve(document))
    expect(thrown.more.join()).toContain(words)
    expect(thrown.more.join()).not.toContain(SECRET)
  })
})

function caught(work: () => unknown): FileRefused {
  try {
    work()
  } catch (cause) {
    if (cause instanceof FileRefused) return cause
    throw cause
  }
  throw new Error('nothing was thrown')
}
