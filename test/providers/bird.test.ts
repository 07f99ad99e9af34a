import { describe, expect, it } from 'vitest'
import { bird as sender } from '../../src/simulator/senders/bird.ts'
import { bird } from '../../src/providers/bird.ts'
import { judge, sent } from './judge.ts'
import { identityOf, readItem } from './natives.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, bird, {
  signsTime: true,
  batches: false,
  signedAnew: true,
  payloadUnknown: true,
  unreadable: [],
})

describe('Bird events', () => {
  it('is stored whole, under its native type', () => {
    const item = { type: 'email.something', payload: { to: 'ada@example.com' } }
    expect(readItem(bird, item)).toMatchObject([
      { type: 'email.unknown', native_type: 'email.something', metadata: item },
    ])
  })

  it('is stored without a native type', () => {
    expect(readItem(bird, { payload: {} })).toMatchObject([{ type: 'email.unknown', native_type: 'unnamed' }])
  })

  it('is another event when anything of it is another', () => {
    expect(identityOf(bird, { type: 'a', n: 1 })).toEqual(identityOf(bird, { n: 1, type: 'a' }))
    expect(identityOf(bird, { type: 'a', n: 1 })).not.toEqual(identityOf(bird, { type: 'a', n: 2 }))
  })
})

describe('the URL that Bird signs', () => {
  it.each([
    ['https://postern.example/hooks/suite', true],
    ['https://postern.example/hooks/suite/', false],
    ['https://postern.example/hooks/other', false],
    ['http://postern.example/hooks/suite', false],
    ['https://postern.example/hooks/suite?a=1', false],
  ])('%s', async (publicUrl, ok) => {
    const { account, request } = await sent(sender)
    const document = { ...account.document, publicUrl }
    expect(await judge({ ...account, document }, request)).toMatchObject({ ok })
  })
})
