import { describe, expect, it } from 'vitest'
import { generic } from '../../../src/providers/generic.ts'
import { deliveryOf, posted } from '../simulated-events.ts'

describe('a free signature', () => {
  const [method] = generic.authMethods
  const setting = { algorithm: 'hmac-sha256', header: 'x-signature', encoding: 'hex' } as const
  const credentials = (headers: Record<string, string>, more: object) =>
    method?.credentials(deliveryOf(posted('{timestamp}', headers)), {
      signature: { ...setting, signed: '{body}', ...more },
    })
  const headers = { 'x-signature': 'ab', 'x-time': '1764000000', 'x-id': 'd-1' }
  const text = (parts: readonly Uint8Array[] = []) => Buffer.concat(parts).toString()

  it.each([
    ['{body}', '{timestamp}'],
    ['{id}.{timestamp}.{body}', 'd-1.1764000000.{timestamp}'],
    ['v0:{timestamp}:{body}{body}', 'v0:1764000000:{timestamp}{timestamp}'],
    ['{url}{body}', 'https://postern.example/hooks/suite{timestamp}'],
    ['{other}{body}', '{other}{timestamp}'],
  ])('signs %s, and reads no placeholders in the inserted values', (signed, expected) => {
    const found = credentials(headers, { signed, timestampHeader: 'x-time', idHeader: 'x-id' })
    expect(text(found?.scheme === 'hmac' ? found.signed : [])).toBe(expected)
  })

  it('is moved by no time and no id that it does not sign', () => {
    const named = { timestampHeader: 'x-time', idHeader: 'x-id' }
    expect(credentials(headers, named)).toEqual(credentials({ 'x-signature': 'ab' }, named))
    expect(credentials(headers, named)).toMatchObject({ signedAtSeconds: undefined })
  })

  it.each([
    ['no header is named for its time', { signed: '{timestamp}{body}' }, { problem: 'proof_missing' }],
    ['no header is named for its id', { signed: '{id}{body}' }, { problem: 'proof_missing' }],
    [
      'the time is missing',
      { signed: '{timestamp}{body}', timestampHeader: 'x-none' },
      { problem: 'header_missing', field: 'x-none' },
    ],
    [
      'the time is none',
      { signed: '{timestamp}{body}', timestampHeader: 'x-id' },
      { problem: 'proof_malformed', field: 'x-id' },
    ],
    ['its prefix is missing', { prefix: 'v1=' }, { problem: 'proof_malformed', field: 'x-signature' }],
  ])('is refused if %s', (_what, more, expected) => {
    expect(credentials(headers, more)).toMatchObject({ scheme: 'none', ...expected })
  })
})
