import { expect, it } from 'vitest'
import { readCompact, verifiesCompact } from '../../../src/gateway/authenticate/compact-jws.ts'
import { JWT_ALGORITHMS } from '../../../src/gateway/authenticate/jwt-algorithms.ts'
import { utf8 } from '../../../src/platform/bytes.ts'
import { CLAIMS, hs, token } from './tokens.ts'

const KEY = crypto.randomUUID()

it.each([...JWT_ALGORITHMS])(
  'of %s is verified by a key that fits it, and by no other',
  async (name, algorithm) => {
    const jws = readCompact(await token({ alg: 'HS256' }, CLAIMS, hs(KEY)))
    const params = { name: 'HMAC', hash: 'SHA-256' }
    const key = await crypto.subtle.importKey('raw', utf8(KEY), params, false, ['verify'])
    expect(jws && (await verifiesCompact(jws, key, algorithm))).toBe(name.startsWith('HS'))
  },
)
