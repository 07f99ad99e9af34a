import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeToken, readToken } from '../../../src/console/access/token.ts'
import { sha256Hex } from '../../../src/platform/sha256.ts'

const changed = (text: string, at: number): string =>
  text.slice(0, at) + (text[at] === 'a' ? 'b' : 'a') + text.slice(at + 1)

describe('a token', () => {
  it('has one form with 32 random bytes, and is stored as a hash', async () => {
    const [one, other] = [await makeToken(), await makeToken()]
    expect(one.text).toMatch(/^pst_[0-9a-f]{12}_[A-Za-z0-9_-]{43}[0-9a-f]{8}$/)
    expect(one.text.split('_')[1]).toBe(one.id)
    expect(one.hash).toBe(await sha256Hex(one.text))
    expect(one.text).not.toBe(other.text)
    expect(one.id).not.toBe(other.id)
    expect(await readToken(one.text)).toEqual({ kind: 'token', id: one.id, hash: one.hash })
  })

  it('is invalid with any one character changed', async () => {
    const { text } = await makeToken()
    for (let at = 0; at < text.length; at++) expect(await readToken(changed(text, at))).toBeUndefined()
  })

  it.each<[string, (text: string) => string]>([
    ['truncated', (text) => text.slice(0, -1)],
    ['with a character appended', (text) => `${text}0`],
    ['with a line break appended', (text) => `${text}\n`],
    ['with white space before it', (text) => ` ${text}`],
    ['in upper case', (text) => text.toUpperCase()],
    ['empty', () => ''],
  ])('%s is none', async (_how, change) => {
    expect(await readToken(change((await makeToken()).text))).toBeUndefined()
  })

  it('is not found in any other text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `pst_0123456789ab_${text}`),
        ),
        async (text) => {
          expect(await readToken(text)).toBeUndefined()
        },
      ),
    )
  })
})
