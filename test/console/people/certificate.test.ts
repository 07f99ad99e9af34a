/** The certificate of an erasure: signed, for anybody to verify, and naming nobody. */
import { compactVerify, importJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import type { Certificate } from '../../../src/api/erasures.ts'
import {
  certificateKey,
  certificatePerson,
  signCertificate,
} from '../../../src/console/people/certificate.ts'
import { readMasterKeys } from '../../../src/platform/master-key.ts'
import { people } from '../../../src/store/people.ts'

const keyOf = (byte: string) => people(readMasterKeys(`v1:${btoa(byte.repeat(32))}`))
const OURS = keyOf('a')

const CERTIFICATE: Certificate = {
  type: 'postern-erasure',
  version: 1,
  number: 7,
  person: '0'.repeat(32),
  erased_at: '2026-11-29T00:00:00.000Z',
  finished_at: '2026-11-29T00:00:01.000Z',
  keeps_suppression: true,
  destroyed: [{ place: 'key', what: 'The key.' }],
  remains: [],
}

describe('a certificate', () => {
  it('verifies with the key that is given to everybody, which is always the same', async () => {
    const key = await certificateKey(OURS)
    expect(key).toEqual(await certificateKey(keyOf('a')))
    expect(Object.keys(key)).toEqual(['kty', 'crv', 'x', 'kid', 'alg', 'use'])
    const jws = await signCertificate(CERTIFICATE, OURS)
    const { payload, protectedHeader } = await compactVerify(jws, await importJWK(key))
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(CERTIFICATE)
    expect(protectedHeader).toEqual({ alg: 'EdDSA', kid: key.kid, typ: 'postern-erasure+jws' })
  })

  it.each([
    [
      'was changed',
      async (jws: string) => jws.replace(/\.(.)/, (_, c: string) => `.${c === 'e' ? 'f' : 'e'}`),
    ],
    ['is of another deployment', () => signCertificate(CERTIFICATE, keyOf('b'))],
  ])('does not verify if it %s', async (_what, change) => {
    const jws = await change(await signCertificate(CERTIFICATE, OURS))
    await expect(compactVerify(jws, await importJWK(await certificateKey(OURS)))).rejects.toThrow()
  })

  it('names a person the same each time, and in no form that others can make', async () => {
    const index = await OURS.indexOf('ada@example.com')
    const name = await certificatePerson(index, OURS)
    expect(name).toMatch(/^[0-9a-f]{32}$/)
    expect(await certificatePerson(index, OURS)).toBe(name)
    expect([
      index,
      await OURS.nameOf('QUARANTINE', index),
      await certificatePerson(index, keyOf('b')),
    ]).not.toContain(name)
  })
})
