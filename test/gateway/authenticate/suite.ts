/**
 * The promises that every scheme keeps. Called once from each scheme's own test file, which adds what is its own. One
 * valid piece of credentials, one change at a time.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RefusalCode } from '../../../src/event/refusal-code.ts'
import type { Scheme, SchemeContext } from '../../../src/gateway/authenticate/scheme.ts'
import { concat, fromBase64, fromHex, utf8 } from '../../../src/platform/bytes.ts'
import type {
  Encoding,
  HmacCredentials,
  PresentedCredentials,
} from '../../../src/providers/shared/presented-credentials.ts'
import type { Secret } from '../../../src/registry/sources/source.ts'
import { contextWith, encode, textSecret } from './making.ts'
import { anyText } from '../../support/any-text.ts'

/** PresentedCredentials that must pass, and the secret that it passes with. */
export interface Valid<E> {
  readonly credentials: E
  readonly secret: Secret
}

export interface Sample<E extends PresentedCredentials> {
  readonly title: string
  readonly scheme: Scheme<E>
  /** Made anew on each call, with a fresh secret. */
  readonly valid: () => Promise<Valid<E>>
  /** Presented credential, as text. */
  readonly presented: (credentials: E) => string
  readonly present: (credentials: E, text: string) => E
  /** The encoding of what is presented, where it is bytes. */
  readonly encoding?: Encoding
  /** Puts other bytes in place of the signed ones, where any are signed. */
  readonly signed?: (credentials: E, bytes: Uint8Array) => E
  /** Codes that refuse what was changed. */
  readonly codes: readonly RefusalCode[]
  /** Changes that do no harm here, by name. */
  readonly harmless?: readonly string[]
  /** A text serves as its key, too, though it is not what `valid` gives. */
  readonly takesText?: boolean
  readonly context?: Partial<SchemeContext>
}

/** Promises of the schemes that verify signatures over bytes. */
export const bySignature = (encoding: Encoding) => ({
  encoding,
  codes: ['signature_mismatch', 'proof_malformed'] as const,
  presented: ({ signatures }: Signatures) => signatures[0]?.text ?? '',
  present: <E extends Signatures>(credentials: E, text: string): E => ({
    ...credentials,
    signatures: [{ text, encoding }],
  }),
  signed: <E extends Signatures>(credentials: E, bytes: Uint8Array): E => ({
    ...credentials,
    signed: [bytes],
  }),
})
type Signatures = Pick<HmacCredentials, 'signatures' | 'signed'>

type Change = readonly [what: string, change: (text: string) => string]

const CHANGES: readonly Change[] = [
  ['one character too few', (text) => text.slice(0, -1)],
  ['only its first half', (text) => text.slice(0, text.length / 2)],
  ['one character more', (text) => `${text}0`],
  ['twice on end', (text) => text + text],
  ['a space before', (text) => ` ${text}`],
  ['a line feed behind', (text) => `${text}\n`],
  ['a space inside', (text) => `${text.slice(0, -3)} ${text.slice(-3)}`],
  ['a NUL behind', (text) => `${text}\0`],
  ['huge', (text) => text + 'A'.repeat(20_000)],
  ['nothing but a space', () => ' '],
  ['not ASCII', (text) => `é${text.slice(1)}`],
]

const ENCODING_CHANGES: Readonly<Record<Encoding, readonly Change[]>> = {
  hex: [
    ['in upper case', (text) => text.toUpperCase()],
    ['with 0x before', (text) => `0x${text}`],
    ['with a byte behind', (text) => `${text}00`],
    ['in base64', (text) => encode(fromHex(text) ?? utf8('none'), 'base64')],
  ],
  base64: [
    ['without its padding, or with some that does not belong', (text) => (text.endsWith('=') ? text.replace(/=+$/, '') : `${text}=`)],
    ['with padding twice', (text) => `${text}==`],
    ['with unused bits set, or a byte behind', (text) => setUnusedBits(text)],
    ['with a byte behind', (text) => encode(concat([fromBase64(text) ?? utf8('none'), Uint8Array.of(0)]), 'base64')],
    ['in hex', (text) => encode(fromBase64(text) ?? utf8('none'), 'hex')],
    ['quoted', (text) => `"${text}"`],
  ],
  base64url: [['with padding', (text) => `${text}=`]],
} // prettier-ignore

/** Another spelling of the same bytes, which a lenient decoder takes. */
function setUnusedBits(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  const padding = /=*$/.exec(text)?.[0] ?? ''
  if (padding === '') return `${text}AAAA`
  const at = text.length - padding.length - 1
  return text.slice(0, at) + alphabet[alphabet.indexOf(text[at] ?? '') + 1] + padding
}

export function describeScheme<E extends PresentedCredentials>(sample: Sample<E>): void {
  const { scheme, valid, presented, present, encoding, codes, harmless } = sample
  const verify = (credentials: E, secrets: readonly Secret[]) =>
    scheme.verify(credentials, contextWith(secrets, sample.context))
  const refusal = (outcome: Awaited<ReturnType<typeof verify>>) =>
    outcome.ok ? 'passed' : outcome.refusal.code

  describe(sample.title, () => {
    it('passes what was made with the secret', async () => {
      const { credentials, secret } = await valid()
      expect(await verify(credentials, [secret])).toEqual({ ok: true, value: undefined })
    })

    it('refuses what was made with another secret', async () => {
      const [ours, theirs] = [await valid(), await valid()]
      expect(codes).toContain(refusal(await verify(theirs.credentials, [ours.secret])))
    })

    it('refuses everything without a secret, and with one of a kind that is not its own', async () => {
      const { credentials, secret } = await valid()
      const foreign: Secret[] = [
        { kind: 'signed-url', url: 'https://hooks.example/' },
        { kind: 'named-values', values: {} },
        ...(secret.kind === 'text' || sample.takesText === true
          ? []
          : [textSecret('a-text-that-could-be-a-secret')]),
        ...(secret.kind === 'text' ? [textSecret(''), textSecret('       '), textSecret('changeme')] : []),
      ]
      expect(refusal(await verify(credentials, []))).toBe('secret_missing')
      expect(refusal(await verify(credentials, foreign))).toBe('secret_missing')
    })

    it('passes the old and the new secret while both are there, and no third', async () => {
      const [old, next, third] = [await valid(), await valid(), await valid()]
      const secrets = [old.secret, next.secret]
      expect(refusal(await verify(old.credentials, secrets))).toBe('passed')
      expect(refusal(await verify(next.credentials, secrets))).toBe('passed')
      expect(codes).toContain(refusal(await verify(third.credentials, secrets)))
    })

    it('judges each by itself when several are judged at the same time', async () => {
      const all = await Promise.all(Array.from({ length: 6 }, valid))
      const others = await Promise.all(all.map(async () => (await valid()).secret))
      const judgeAll = () =>
        Promise.all(
          all.map(async ({ credentials, secret }, i) => {
            const secrets = i === 3 ? [] : [secret, ...others.slice(i, i + 1)]
            return refusal(await verify(credentials, i % 2 === 0 ? secrets : secrets.toReversed()))
          }),
        )
      const expected = all.map((_, i) => (i === 3 ? 'secret_missing' : 'passed'))
      expect(await judgeAll()).toEqual(expected)
      // Now with keys that are imported.
      expect(await judgeAll()).toEqual(expected)
    })

    it('tries the first eight secrets and no more', async () => {
      const { credentials, secret } = await valid()
      const others = await Promise.all(Array.from({ length: 8 }, async () => (await valid()).secret))
      expect(refusal(await verify(credentials, [...others.slice(1), secret]))).toBe('passed')
      expect(codes).toContain(refusal(await verify(credentials, [...others, secret])))
    })

    it('calls an empty proof missing', async () => {
      const { credentials, secret } = await valid()
      expect(refusal(await verify(present(credentials, ''), [secret]))).toBe('proof_missing')
    })

    const changes = [...CHANGES, ...(encoding === undefined ? [] : ENCODING_CHANGES[encoding])]
    it.each(changes.filter(([what]) => harmless?.includes(what) !== true))(
      'refuses it %s',
      async (_what, change) => {
        const { credentials, secret } = await valid()
        const changed = present(credentials, change(presented(credentials)))
        expect([...codes, 'proof_missing']).toContain(refusal(await verify(changed, [secret])))
      },
    )

    const { signed } = sample
    if (signed !== undefined) {
      it.each([
        ['nothing', new Uint8Array(0)],
        ['other bytes', utf8('{"event":"delivered"}')],
        ['a megabyte', new Uint8Array(1_048_576)],
      ])('refuses the same proof around %s', async (_what, bytes) => {
        const { credentials, secret } = await valid()
        expect(codes).toContain(refusal(await verify(signed(credentials, bytes), [secret])))
      })
    }

    it('gives an outcome to whatever is presented', async () => {
      const { credentials, secret } = await valid()
      const bytes = fc.uint8Array({ maxLength: 200 })
      const anything = fc.oneof(
        anyText({ maxLength: 200 }),
        fc.base64String({ maxLength: 200 }),
        bytes.map((some) => encode(some, encoding ?? 'hex')),
      )
      await fc.assert(
        fc.asyncProperty(anything, bytes, async (text, some) => {
          const changed = present(signed?.(credentials, some) ?? credentials, text)
          return text === presented(credentials) || !(await verify(changed, [secret])).ok
        }),
        { numRuns: 100 },
      )
    }, 60_000)
  })
}
