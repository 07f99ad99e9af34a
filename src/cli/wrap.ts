/** A judgement in words: types and message ids of events, names of fields, numbers. No secret, signature, body or address. */
import { visibleText } from '../platform/visible.ts'
import type { AcceptRefusal, AuthenticateRefusal, Refusal, RefusalCode } from '../event/refusal-code.ts'
import type { Verified, Judgement } from './judge.ts'

/** The refusals of the stages that run offline. Null: a captured delivery never meets it. */
const REFUSALS: Readonly<Partial<Record<RefusalCode, string | null>>> = {
  source_unknown: null,
  path_unknown: null,
  address_blocked: null,
  network_blocked: null,
  source_paused: null,
  delivery_looped: null,
  address_shielded: null,
  memory_short: null,
  method_not_allowed: 'this ESP does not use that HTTP method',
  content_type_unsupported: 'this ESP does not send that Content-Type',
  content_encoding_unsupported: 'the Content-Encoding is none that can be read',
  body_too_large: 'the body is larger than the source allows',
  body_malformed: 'the body cannot be read',
  secret_missing: 'the source has no secret that fits the proof',
  header_missing: 'a header that carries the proof is missing',
  proof_missing: 'the delivery carries no proof',
  proof_malformed: 'the proof is not of the form that this scheme has',
  signature_mismatch: 'the signature is not over these bytes, or not by this key',
  credentials_wrong: 'the credentials are not those of the source',
  token_invalid: 'the token is not valid',
  certificate_refused: 'the signing certificate is refused',
  topic_foreign: 'the topic or the account is none of those that the source names',
  algorithm_unsupported: 'the algorithm is not supported',
  proof_unavailable: 'the proof needs something that would have to be fetched',
} satisfies Record<(AcceptRefusal | AuthenticateRefusal)['code'], string | null>

/** The lines that print a judgement. */
export function linesOf(verdict: Judgement): readonly string[] {
  if (verdict.kind === 'document_wrong') {
    const problems = verdict.problems.map(
      ({ path, problem }) => `  ${path === '' ? 'document' : path}: ${problem}`,
    )
    return ['not verified: the source document is wrong', ...problems]
  }
  if (verdict.kind === 'validation')
    return ['no proof needed: a validation request before any delivery, which is answered']
  if (verdict.kind === 'verified') return verifiedLines(verdict)
  const { attempted } = verdict
  return [
    `not verified: ${wordsOf(verdict.refusal)}`,
    `attempted: ${attempted.length === 0 ? 'no auth method' : attempted.join(', ')}`,
  ]
}

function verifiedLines(verdict: Verified): readonly string[] {
  const { methods, ageSeconds, windowSeconds, fresh, events, quarantined, handshake, refusal } = verdict
  const age =
    ageSeconds === undefined
      ? 'no time is signed'
      : `signed ${Math.abs(ageSeconds)} s ${ageSeconds < 0 ? 'ahead' : 'ago'}, ${fresh ? 'inside' : 'outside'}`
  return [
    `verified by ${methods.join(', ')}${fresh ? '' : ', but outside of the window'}`,
    `window: ${windowSeconds} s; ${age}`,
    ...(handshake ? ['a handshake, which is answered'] : [`events: ${events.length}`]),
    ...events.map(
      ({ type, message_id: id }) => `  ${type} ${id === null ? '(no message id)' : visibleText(id, 200)}`,
    ),
    ...(quarantined === 0 ? [] : [`kept in quarantine, not understood: ${quarantined}`]),
    ...(refusal === undefined ? [] : [`refused: ${wordsOf(refusal)}`]),
  ]
}

/** `code (names and numbers): words`. */
function wordsOf(refusal: Refusal): string {
  const { code, ...facts } = refusal
  const details = Object.entries(facts).map(([name, value]) => `${name} ${String(value)}`)
  const words = REFUSALS[code] ?? undefined
  return `${code}${details.length === 0 ? '' : ` (${details.join(', ')})`}${words === undefined ? '' : `: ${words}`}`
}
