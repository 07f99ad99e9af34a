// For `request.cf`.
import 'cloudflare:workers'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clientFacts, networkOf } from '../../../src/gateway/accept/client.ts'
import { parseAddress } from '../../../src/platform/network.ts'

const FINGERPRINT = 'ab'.repeat(32)

const request = (headers: Record<string, string>, cf?: unknown, url = 'https://gate.example/hooks/shop') =>
  new Request(url, { method: 'POST', headers, ...(cf === undefined ? {} : { cf: cf as CfProperties }) })

describe('the client of a request', () => {
  it('is what the edge reports', () => {
    const cf = {
      country: 'DE',
      asn: 64_496,
      tlsVersion: 'TLSv1.3',
      tlsClientAuth: {
        certPresented: '1',
        certVerified: 'SUCCESS',
        certRevoked: '0',
        certFingerprintSHA256: FINGERPRINT,
      },
    }
    expect(clientFacts(request({ 'cf-connecting-ip': '192.0.2.7' }, cf))).toEqual({
      address: '192.0.2.7',
      country: 'DE',
      asn: 64_496,
      https: true,
      tlsVersion: 'TLSv1.3',
      certificate: { verified: 'SUCCESS', revoked: false, sha256: FINGERPRINT },
    })
  })

  it.each([
    ['2001:DB8:0:0:0:0:0:7', '2001:db8::7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['192.0.2.7, 203.0.113.9', null],
    ['192.0.2.007', null],
    ['192.0.2.300', null],
    ['fe80::1%eth0', null],
    ['', null],
    ['unknown', null],
    ['<script>', null],
  ])('has one canonical address: %j is %j', (text, address) =>
    expect(clientFacts(request({ 'cf-connecting-ip': text })).address).toBe(address),
  )

  it.each([
    'x-forwarded-for', 'forwarded', 'x-real-ip', 'true-client-ip', 'x-client-ip', 'cf-connecting-ipv6', 'x-cluster-client-ip',
    'cf-ipcountry', 'x-forwarded-proto', 'cf-visitor',
  ])('is never what the sender writes into %s', (header) => {
    const value = header === 'forwarded' ? 'for=203.0.113.9;proto=https' : '203.0.113.9'
    const plain = 'http://gate.example/hooks/shop'
    const honest = clientFacts(request({ 'cf-connecting-ip': '192.0.2.7' }, {}, plain))
    expect(clientFacts(request({ 'cf-connecting-ip': '192.0.2.7', [header]: value }, {}, plain))).toEqual(honest)
    expect(clientFacts(request({ [header]: value }, {}, plain)).address).toBeNull()
  }) // prettier-ignore

  it.each<[string, unknown, unknown]>([
    ['country', 'T1', 'T1'],
    ['country', 'XX', null],
    ['country', 'de', null],
    ['country', 'DEU', null],
    ['country', 49, null],
    ['country', null, null],
    ['asn', 0, null],
    ['asn', -5, null],
    ['asn', '64496', null],
    ['asn', 1.5, null],
    ['asn', Number.NaN, null],
    ['tlsVersion', 'TLSv1.2', 'TLSv1.2'],
    ['tlsVersion', 'TLSv1', 'TLSv1'],
    ['tlsVersion', '', null],
    ['tlsVersion', 'TLSv1.30', null],
    ['tlsVersion', 'SSLv3', null],
    ['tlsVersion', 1.3, null],
  ])('believes no %s of %j', (name, value, expected) => {
    const facts: Readonly<Record<string, unknown>> = { ...clientFacts(faked({ [name]: value })) }
    expect(facts[name]).toEqual(expected)
  })

  it.each<[string, Record<string, unknown>, object | null]>([
    ['not presented', { certPresented: '0' }, null],
    ['with presented as a number', { certPresented: 1 }, null],
    ['without a fingerprint', { certFingerprintSHA256: '' }, null],
    ['with a SHA-1 fingerprint', { certFingerprintSHA256: 'ab'.repeat(20) }, null],
    ['with a list as fingerprint', { certFingerprintSHA256: [FINGERPRINT] }, null],
    ['with no word on its verification', { certVerified: undefined }, null],
    ['in upper case', { certFingerprintSHA256: FINGERPRINT.toUpperCase() }, { sha256: FINGERPRINT }],
    ['that failed', { certVerified: 'FAILED:expired' }, { verified: 'FAILED:expired', revoked: false }],
    ['revoked', { certRevoked: '1' }, { verified: 'SUCCESS', revoked: true }],
    ['with no word on its revocation', { certRevoked: undefined }, { verified: 'SUCCESS', revoked: true }],
  ])('may have a certificate: %s', (_what, change, expected) => {
    const valid = {
      certPresented: '1',
      certVerified: 'SUCCESS',
      certRevoked: '0',
      certFingerprintSHA256: FINGERPRINT,
    }
    const { certificate } = clientFacts(faked({ tlsClientAuth: { ...valid, ...change } }))
    expect(certificate).toEqual(expected === null ? null : expect.objectContaining(expected))
  })

  it.each<{ cf: unknown }>([
    { cf: undefined },
    { cf: null },
    { cf: 'cf' },
    { cf: 7 },
    { cf: [] },
    { cf: [{ country: 'DE' }] },
    { cf: { tlsClientAuth: 'SUCCESS' } },
    { cf: { tlsClientAuth: null } },
  ])('is nobody where the edge says nothing: %j', ({ cf }) =>
    expect(clientFacts(faked(cf))).toEqual({
      address: null,
      country: null,
      asn: null,
      https: true,
      tlsVersion: null,
      certificate: null,
    }),
  )

  it.each([
    ['https://gate.example/', true],
    ['http://gate.example/', false],
    ['http://https:443/', false],
  ])('of %s is on HTTPS: %s', (url, https) => expect(clientFacts(request({}, {}, url)).https).toBe(https))

  it('is described whatever the edge says', () =>
    fc.assert(
      fc.property(fc.anything(), fc.string(), (cf, address) => {
        const facts = clientFacts(faked(cf, address))
        expect(facts.address === null || parseAddress(facts.address) !== undefined).toBe(true)
      }),
      { numRuns: 500 },
    ))
})

/** A request whose `cf` may be anything at all: the runtime would not build it, another runtime might. */
const faked = (cf: unknown, address = '') =>
  ({
    url: 'https://gate.example/hooks/shop',
    headers: { get: (name: string) => (name === 'cf-connecting-ip' ? address : null) },
    cf,
  }) as unknown as Request

describe('the network of an address, for logs', () => {
  it.each([
    ['192.0.2.77', '192.0.2.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
    ['::ffff:192.0.2.77', '192.0.2.0/24'],
    ['::1', '::/48'],
    ['rubbish', undefined],
    ['192.0.2.077', undefined],
    ['', undefined],
    [null, undefined],
  ])('of %j is %j', (address, expected) => expect(networkOf(address)).toBe(expected))
})
