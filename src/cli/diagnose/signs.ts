/** Signs of a cause, used if no change makes the delivery verify. */
import { whatIsPasted } from '../../registry/secrets/pasted.ts'
import { headerOf, secretsOf } from '../capture.ts'
import type { Judgement } from '../judge.ts'
import type { Sign } from './diagnosis.ts'

export const clock: Sign = {
  name: 'clock',
  look(_, verdict) {
    if (verdict.kind !== 'verified' || verdict.fresh || verdict.ageSeconds === undefined) return undefined
    const { ageSeconds, windowSeconds } = verdict
    const side = ageSeconds > 0 ? 'before' : 'after'
    return (
      `It was signed ${Math.abs(ageSeconds)} s ${side} the time it is judged at, and the window is ${windowSeconds} s: ` +
      'a clock is off by so much, or the capture is old (then give --now with the time it came).'
    )
  },
}

/** Headers whose time is in milliseconds by specification. */
const IN_MILLISECONDS: ReadonlySet<string> = new Set(['x-eventbridge-signature-timestamp'])

export const millisecondsSigned: Sign = {
  name: 'milliseconds-signed',
  look: ({ headers }, { kind }) =>
    kind === 'not_verified' &&
    headers.some(
      ([name, value]) =>
        /time/i.test(name) && /^\d{13}$/.test(value) && !IN_MILLISECONDS.has(name.toLowerCase()),
    )
      ? 'The time in the header is in milliseconds; this scheme counts Unix seconds.'
      : undefined,
}

export const keyOfAnotherKind: Sign = {
  name: 'key-of-another-kind',
  look(capture, verdict) {
    if (!mayBeTheKey(verdict)) return undefined
    for (const [slot, given] of Object.entries(secretsOf(capture))) {
      for (const value of Array.isArray(given) ? given : [given]) {
        const name = typeof value === 'string' ? whatIsPasted(value)?.name : undefined
        if (name !== undefined && /\bAPI\b|access key/.test(name))
          return `What stands in secrets.${slot} looks like ${name}. An API key proves no webhook: take the key that the ESP shows beside the webhook.`
      }
    }
    return undefined
  },
}

/** Only a mismatch can be the key's fault. A missing or malformed proof says nothing about the key. */
const mayBeTheKey = (verdict: Judgement): boolean =>
  verdict.kind === 'document_wrong' ||
  (verdict.kind === 'not_verified' && verdict.refusal.code === 'signature_mismatch')

export const lengthDiffers: Sign = {
  name: 'length-differs',
  look(capture, { kind }) {
    const announced = headerOf(capture, 'content-length')
    const actual = capture.body.byteLength
    return kind === 'not_verified' && announced !== undefined && Number(announced) !== actual
      ? `The body has ${actual} bytes and its Content-Length says ${announced}: the capture is not what was sent.`
      : undefined
  },
}

export const bodyCut: Sign = {
  name: 'body-cut',
  look({ body }, { kind }) {
    const text = Buffer.from(body).toString('utf8').trim()
    const close = CLOSING.get(text.charAt(0))
    return kind === 'not_verified' && close !== undefined && !text.endsWith(close)
      ? `The body is JSON whose end is missing: it has ${body.byteLength} bytes, and begins with ${text.charAt(0)} but does not end with ${close}. Something cut it.`
      : undefined
  },
}

const CLOSING: ReadonlyMap<string, string> = new Map([
  ['{', '}'],
  ['[', ']'],
])

export const certificateUnfetched: Sign = {
  name: 'certificate-unfetched',
  look(_, verdict) {
    if (verdict.kind !== 'not_verified' || verdict.unfetched.length === 0) return undefined
    return `This would have to be fetched, and nothing is fetched here: ${verdict.unfetched.join(', ')}. For a certificate, save it and give --certificate FILE.`
  },
}
