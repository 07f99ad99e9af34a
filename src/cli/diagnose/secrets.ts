/** Correct secrets in the wrong encoding or slot. */
import { Buffer } from 'node:buffer'
import type { Secret, Secrets } from '../../registry/sources/source.ts'
import { providerNamed } from '../../providers/index.ts'
import { type Capture, secretsOf, withSecrets } from '../capture.ts'
import type { Diagnosis } from './diagnosis.ts'

/** Each secret that is a text, alone or in a list. `put` returns the capture with another text in its slot. */
function* texts(capture: Capture): Generator<{ slot: string; text: string; put: (text: string) => Capture }> {
  const secrets = secretsOf(capture)
  for (const [slot, given] of Object.entries(secrets)) {
    for (const text of Array.isArray(given) ? given : [given])
      if (typeof text === 'string')
        yield { slot, text, put: (other) => withSecrets(capture, { ...secrets, [slot]: other }) }
  }
}

export const whiteSpace: Diagnosis = {
  name: 'secret-white-space',
  sentence: 'The secret is right, with white space around it: paste it without ({detail}).',
  *variants(capture) {
    for (const { slot, text, put } of texts(capture))
      if (text !== text.trim()) yield { capture: put(text.trim()), detail: `secrets.${slot}` }
  },
}

export const prefixMissing: Diagnosis = {
  name: 'secret-prefix-as-text',
  sentence:
    'The sender signs with the whole secret as text, "whsec_" included, where its base64 is the key ({detail}): decode it at the sender.',
  *variants(capture) {
    for (const { slot, text, put } of texts(capture)) {
      for (const key of [text, `whsec_${text}`])
        if (key.startsWith('whsec_'))
          yield { capture: put(whsec(Buffer.from(key))), detail: `secrets.${slot}` }
    }
  },
}

export const notDecoded: Diagnosis = {
  name: 'secret-not-decoded',
  sentence:
    'The sender signs with the base64 of the secret as text, where the bytes behind it are the key ({detail}): decode it at the sender.',
  *variants(capture) {
    for (const { slot, text, put } of texts(capture))
      yield { capture: put(whsec(Buffer.from(text.replace(/^whsec_/, '')))), detail: `secrets.${slot}` }
  },
}

export const prefixNotCut: Diagnosis = {
  name: 'secret-prefix-not-cut',
  sentence: 'The key is the text after "whsec_": store it without that prefix ({detail}).',
  *variants(capture) {
    for (const { slot, text, put } of texts(capture))
      if (text.startsWith('whsec_'))
        yield { capture: put(text.slice('whsec_'.length)), detail: `secrets.${slot}` }
  },
}

const whsec = (key: Buffer): string => `whsec_${key.toString('base64')}`

/** Decodes each text secret, and uses the bytes as the key. */
function decoded(name: string, sentence: string, form: RegExp, bytesOf: (text: string) => Buffer): Diagnosis {
  const taken = (secret: Secret): Secret =>
    secret.kind === 'text' && form.test(secret.text)
      ? { kind: 'standard-webhooks', key: bytesOf(secret.text).toString('base64') }
      : secret
  return {
    name,
    sentence,
    *variants(capture) {
      for (const { slot, text } of texts(capture)) {
        if (!form.test(text)) continue
        const secretsTaken = (secrets: Secrets): Secrets => ({
          ...secrets,
          [slot]: secrets[slot]?.map(taken) ?? [],
        })
        yield { capture: { ...capture, secretsTaken }, detail: `secrets.${slot}` }
      }
    },
  }
}

export const hexAsBytes = decoded(
  'secret-hex-as-bytes',
  'The sender signs with the bytes that the hex secret spells, where its text is the key ({detail}): take the text at the sender.',
  /^(?:[0-9a-fA-F]{2})+$/,
  (text) => Buffer.from(text, 'hex'),
)

export const base64AsBytes = decoded(
  'secret-base64-as-bytes',
  'The sender signs with the bytes that the base64 secret spells, where its text is the key ({detail}): take the text at the sender.',
  /^(?:whsec_)?[A-Za-z0-9+/_-]+={0,2}$/,
  (text) => Buffer.from(text.replace(/^whsec_/, ''), 'base64'),
)

export const otherSlot: Diagnosis = {
  name: 'secret-other-slot',
  sentence: 'The secret is right and stands in the wrong place: {detail}.',
  *variants(capture) {
    const name = capture.document['provider']
    const slots = Object.keys((typeof name === 'string' ? providerNamed(name) : undefined)?.secrets ?? {})
    const secrets = secretsOf(capture)
    for (const [from, given] of Object.entries(secrets)) {
      // The rest of the document stays the same: the only change is the slot.
      const { [from]: _, ...others } = secrets
      for (const to of slots.filter((slot) => slot !== from && !Object.hasOwn(secrets, slot))) {
        const detail = `it belongs in secrets.${to}`
        yield { capture: withSecrets(capture, { ...others, [to]: given }), detail }
      }
    }
  },
}

export const basicSwapped: Diagnosis = {
  name: 'basic-swapped',
  sentence: 'User name and password are right and swapped.',
  *variants(capture) {
    const secrets = secretsOf(capture)
    const pair = secrets['basic_auth']
    if (typeof pair !== 'object' || pair === null || !('username' in pair) || !('password' in pair)) return
    const swapped = { username: pair.password, password: pair.username }
    yield { capture: withSecrets(capture, { ...secrets, basic_auth: swapped }) }
  },
}
