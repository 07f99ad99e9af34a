import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeLogins } from '../../../src/cli/connection/config-file.ts'
import { findConnection } from '../../../src/cli/connection/find.ts'

const NAMED = 'token-that-was-named'
const KEPT = 'token-that-was-kept'
const LOCAL = 'token-of-this-machine'

let folder: string
let environment: Record<string, string>
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'postern-find-'))
  environment = { POSTERN_CONFIG: path.join(folder, 'config.json'), ADMIN_TOKEN: LOCAL }
  await writeLogins(environment, {
    version: 1,
    current: 'https://kept.example',
    tokens: { 'https://kept.example': KEPT },
  })
})
afterEach(() => rm(folder, { recursive: true }))

const find = async (said: string | undefined, more: Record<string, string> = {}) => {
  const { url, token } = await findConnection(said, { environment: { ...environment, ...more } })
  return `${url.origin} ${token}`
}

describe('the console', () => {
  it.each([
    ['the last login', undefined, {}, `https://kept.example ${KEPT}`],
    [
      'the environment',
      undefined,
      { POSTERN_URL: 'https://env.example/x', POSTERN_TOKEN: NAMED },
      `https://env.example ${NAMED}`,
    ],
    [
      'what is said',
      'https://kept.example',
      { POSTERN_URL: 'https://env.example' },
      `https://kept.example ${KEPT}`,
    ],
    ['a token that is named', undefined, { POSTERN_TOKEN: NAMED }, `https://kept.example ${NAMED}`],
    ['this machine', 'http://localhost:8788', {}, `http://localhost:8788 ${LOCAL}`],
    [
      'this machine without a login',
      undefined,
      { POSTERN_CONFIG: '/nonexistent', CONSOLE_PORT: '9' },
      `http://localhost:9 ${LOCAL}`,
    ],
  ])('is found by %s', async (_what, said, more, found) => {
    expect(await find(said, more)).toBe(found)
  })

  it.each([
    [
      'a token for another console',
      'https://other.example',
      {},
      'There is no token for https://other.example',
    ],
    ['the token of this machine elsewhere', 'https://localhost', {}, 'There is no token'],
    ['plain http elsewhere', 'http://kept.example', {}, 'must be https'],
    ['a host that only looks like this machine', 'http://localhost.evil.example', {}, 'must be https'],
    ['no URL', 'kept.example', {}, 'must be https'],
    ['a token that is none', undefined, { POSTERN_TOKEN: 'a\nb' }, 'no token has'],
  ])('is not asked with %s', async (_what, said, more, words) => {
    await expect(find(said, more)).rejects.toThrow(words)
  })

  it('is asked with a service token of Access, and never without TLS', async () => {
    const access = { CLOUDFLARE_ACCESS_CLIENT_ID: 'id', CLOUDFLARE_ACCESS_CLIENT_SECRET: 'secret' }
    const passing = async (said: string, more: Record<string, string>) =>
      (await findConnection(said, { environment: { ...environment, ...more } })).passing
    expect(await passing('https://kept.example', access)).toEqual({
      'cf-access-client-id': 'id',
      'cf-access-client-secret': 'secret',
    })
    expect(await passing('http://localhost:8788', access)).toEqual({})
    expect(await passing('https://kept.example', { CLOUDFLARE_ACCESS_CLIENT_ID: 'id' })).toEqual({})
  })

  it('is not asked with a file that others may read, or that is none of ours', async () => {
    const file = environment['POSTERN_CONFIG'] ?? ''
    await chmod(file, 0o644)
    await expect(find(undefined)).rejects.toThrow('chmod 600')
    await writeFile(file, JSON.stringify({ version: 2, current: KEPT }))
    await chmod(file, 0o600)
    await expect(find(undefined)).rejects.toThrow(/^(?!.*token-that).*no configuration of postern/)
  })
})
