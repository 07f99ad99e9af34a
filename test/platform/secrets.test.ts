/** How secrets are compared, and which texts are placeholders. */
import { describe, expect, it, vi } from 'vitest'
import { hasTag, sameSecret, tagOf } from '../../src/platform/same-secret.ts'
import { PUBLISHED_KEYS } from '../../src/platform/published-keys.ts'
import { isPlaceholder, isSecretText } from '../../src/platform/weak-secret.ts'

describe('two secrets', () => {
  it.each<[string, string, string, boolean]>([
    ['equal', 'secret-0123456789', 'secret-0123456789', true],
    ['one shorter', 'secret-012345678', 'secret-0123456789', false],
    ['one longer', 'secret-01234567890', 'secret-0123456789', false],
    ['other case', 'SECRET-0123456789', 'secret-0123456789', false],
    ['empty against one', '', 'secret-0123456789', false],
    ['both empty', '', '', true],
    ['composed and decomposed', 'wörd', 'wörd'.normalize('NFD'), false],
  ])('are compared: %s', async (_what, presented, expected, same) => {
    expect(await sameSecret(presented, expected)).toBe(same)
    expect(await hasTag(presented, await tagOf(expected))).toBe(same)
  })

  it('may be bytes', async () => {
    expect(await sameSecret(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true)
    expect(await sameSecret(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false)
    expect(await sameSecret(Uint8Array.of(0x61), 'a')).toBe(true)
  })
})

it('compares the first secrets of an isolate concurrently', async () => {
  vi.resetModules()
  const fresh = await import('../../src/platform/same-secret.ts')
  const [kept, ...same] = await Promise.all([
    fresh.tagOf('secret-a'),
    ...['secret-b', 'secret-c'].map((text) => fresh.sameSecret(text, text)),
  ])
  expect(same).toEqual([true, true])
  expect(await fresh.hasTag('secret-a', kept)).toBe(true)
})

describe('a placeholder secret', () => {
  it.each([
    'changeme', 'CHANGE_ME', 'change-me-now', 'your-secret-here', 'your_api_key', 'YOUR SIGNING SECRET', 'yoursecret',
    'secret', 'password', 'Passw0rd', 'example', 'insert your key here', 'put-your-secret-here', '<secret>', '<your key>',
    '${WEBHOOK_SECRET}', '$WEBHOOK_SECRET', '{{ secret }}', '%SECRET%', '[signing secret]', 'xxxxxxxxxxxx', '********',
    '••••••••••', '............', '000000000000', 'undefined', 'null', '[object Object]', '12345678',
  ])('is a placeholder: %s', (text) => {
    expect(isPlaceholder(text)).toBe(true)
    expect(isSecretText(text)).toBe(false)
  }) // prettier-ignore

  it.each([...PUBLISHED_KEYS])('is a published key: %s', (text) => {
    for (const spelled of [text, `whsec_${text}`, `${text}==`]) {
      expect(isPlaceholder(spelled)).toBe(true)
      expect(isSecretText(spelled)).toBe(false)
    }
  })

  it.each([
    'TEST_WEBHOOK_KEY', 'test-webhook-2', 'mc-url-secret', 'evgrid-shared-secret', 'ee-url-token', 'legacy-token',
    'brevo-token-1', 'tok_5e1f', 'hook:pass/wörd-1', 'key-00000000000000000000000000000000', 'pässwörd1',
    'ffffffffffffffffffffffffffffffff', 'my-secret-is-long-enough', 'password: swordfish', 'yourself-and-42',
  ])('may be one: %s', (text) => {
    expect(isPlaceholder(text)).toBe(false)
    expect(isSecretText(text)).toBe(true)
  }) // prettier-ignore

  it.each(['', ' ', '        ', 'seven77', ' surrounded-by-space ', 'line-feed-behind\n'])(
    'is too weak: "%s"',
    (text) => {
      expect(isSecretText(text)).toBe(false)
    },
  )
})
