import { describe, expect, it } from 'vitest'
import { utf8 } from '../../../src/platform/bytes.ts'
import type { Verified } from '../../../src/gateway/authenticate/verified.ts'
import { claimOf, isSingleUse } from '../../../src/gateway/guard/claim.ts'
import type { Source } from '../../../src/registry/sources/source.ts'

interface Said {
  readonly source: string
  readonly shards: number
  readonly identity: readonly string[]
  readonly singleUse: boolean
  readonly body: string
  readonly signedAtSeconds: number | undefined
}

const VALID: Said = {
  source: 'shop',
  shards: 1,
  identity: ['ab', 'c'],
  singleUse: false,
  body: 'x',
  signedAtSeconds: 0,
}

const claim = (change: Partial<Said> = {}) => {
  const { source, shards, identity, singleUse, body, signedAtSeconds } = { ...VALID, ...change }
  const verified = {
    delivery: { body: utf8(body) },
    signedAtSeconds,
    claim: { identity: identity.map(utf8), singleUse },
  }
  return claimOf(
    verified as unknown as Verified,
    { name: source, config: { guardShards: shards } } as unknown as Source,
  )
}

describe('a claim', () => {
  it('is made of digests and names the guard of its source', async () => {
    const { fingerprint, body, guard } = await claim()
    expect(fingerprint).toMatch(/^[0-9a-f]{32}$/)
    expect([body, guard]).toEqual(['', 'shop#0'])
  })

  it.each<[string, Partial<Said>, boolean]>([
    ['the same again', {}, true],
    ['another body, where the identity says which', { body: 'y' }, true],
    ['another body around a single-use identity', { singleUse: true, body: 'y' }, true],
    ['another identity', { identity: ['ab', 'd'] }, false],
    ['parts that end elsewhere', { identity: ['a', 'bc'] }, false],
    ['another source', { source: 'news' }, false],
  ])('of %s: the fingerprint is the same: %s', async (_what, change, same) => {
    expect((await claim(change)).fingerprint === (await claim()).fingerprint).toBe(same)
  })

  it('of a single-use identity is bound to its body', async () => {
    const one = await claim({ singleUse: true })
    expect(isSingleUse(one)).toBe(true)
    expect(one.body).toMatch(/^[0-9a-f]{32}$/)
    expect((await claim({ singleUse: true })).body).toBe(one.body)
    expect((await claim({ singleUse: true, body: 'y' })).body).not.toBe(one.body)
  })

  it.each([1, 3, 64])('of a single-use identity is always in the first of %i shards', async (shards) => {
    const claims = await Promise.all(
      Array.from({ length: 60 }, (_, i) => claim({ shards, identity: [`${i}`], singleUse: true })),
    )
    expect(new Set(claims.map(({ guard }) => guard))).toEqual(new Set(['shop#0']))
  })

  it.each([
    ['the time that is signed', 1_800_000_000, 1_800_000_000],
    ['zero where none is', undefined, 0],
  ])('brings %s', async (_what, signedAtSeconds, brought) => {
    expect((await claim({ signedAtSeconds })).signedAtSeconds).toBe(brought)
  })

  it('is spread over the shards of its source, and always on the same one', async () => {
    const guards = async () =>
      Promise.all(Array.from({ length: 60 }, (_, i) => claim({ shards: 3, identity: [`${i}`] })))
    const first = (await guards()).map(({ guard }) => guard)
    expect(new Set(first)).toEqual(new Set(['shop#0', 'shop#1', 'shop#2']))
    expect((await guards()).map(({ guard }) => guard)).toEqual(first)
  })
})
