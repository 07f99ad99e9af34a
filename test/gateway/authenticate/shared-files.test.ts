// For `caches`.
import 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { cacheApiFiles } from '../../../src/gateway/authenticate/shared-files.ts'
import { utf8 } from '../../../src/platform/bytes.ts'

const URL = 'https://sns.us-east-1.amazonaws.com/a.pem'
const FILE = utf8('-----BEGIN CERTIFICATE-----')

afterEach(() => vi.unstubAllGlobals())

describe('files that isolates share', () => {
  it('are there for the next one, under their URL and in a cache of their own', async () => {
    const files = cacheApiFiles('of-this-test')
    expect(await files.get(URL)).toBeUndefined()
    await files.put(URL, FILE)
    expect(await cacheApiFiles('of-this-test').get(URL)).toEqual(FILE)
    expect(await files.get(`${URL}?`)).toBeUndefined()
    expect(await cacheApiFiles('of-another').get(URL)).toBeUndefined()
    expect(await caches.default.match(URL)).toBeUndefined()
  })

  it.each<[string, () => Promise<unknown>]>([
    ['is not there', () => Promise.reject(new Error('no cache'))],
    ['fails', async () => ({ match: async () => fail(), put: async () => fail() })],
    [
      'never answers',
      async () => ({ match: () => new Promise(() => undefined), put: () => new Promise(() => undefined) }),
    ],
    ['is never opened', () => new Promise(() => undefined)],
    [
      'has a body that never ends',
      async () => ({ match: async () => new Response(new ReadableStream()), put: async () => undefined }),
    ],
  ])('are done without where the cache %s', async (_what, open) => {
    vi.stubGlobal('caches', { open })
    const files = cacheApiFiles('of-this-test')
    expect(await files.get(URL)).toBeUndefined()
    expect(await files.put(URL, FILE)).toBeUndefined()
  })
})

const fail = () => {
  throw new Error('the cache is out of order')
}
