/**
 * `Idempotency-Key` on POST (draft-ietf-httpapi-idempotency-key-header): a repeated request gets the first answer and has no
 * second effect. The same key from the same caller with a different request is refused.
 *
 * The answer of a route is kept for a day, success or refusal. Two kinds are not kept, so that a repetition runs again:
 * refusals before the route began, since a corrected request may use the same key, and faults (5xx). If this Worker dies after
 * the effect and before the answer is stored, the key stays locked for two minutes. Then a repetition runs again. The OpenAPI
 * document says for each route what that means.
 */
import { type Bytes, textOf, utf8 } from '../../platform/bytes.ts'
import { sha256Hex } from '../../platform/sha256.ts'
import type { Begun } from '../../registry/idempotency.ts'
import type { RequestContext } from '../request-context.ts'
import { type Problem, problem, statusOf } from '../../api/problem.ts'

/** The answer of a route, as it is kept: plain JSON. */
type Outcome =
  | {
      readonly ok: true
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      readonly json?: unknown
    }
  | Problem

/** Larger answers are not kept. They come from calls that change nothing, for example a plan for hundreds of sources. */
const ANSWER_MAX_BYTES = 64 * 1024

/** Only repeated answers have this header. */
const REPLAYED = { 'idempotency-replayed': 'true' }

const RETRY_AFTER_SECONDS = 1

/**
 * Runs the work unless it already ran under the request's key. Without a key, it always runs.
 *
 * @param content everything that the route gets besides the body
 */
export async function runOnce<T extends Outcome>(
  request: Request,
  content: unknown,
  body: Bytes,
  context: RequestContext,
  work: () => Promise<T>,
): Promise<T | Problem> {
  const given = request.headers.get('idempotency-key')
  if (given === null) return work()
  // The draft's key is a string of RFC 8941; many clients send it without quotes. Both are accepted and compared as they are.
  if (!/^[\x21-\x7e]{1,255}$/.test(given)) return MALFORMED

  const { registry, idempotency, who, nowMs } = context
  const key = await idempotency.mac(JSON.stringify(['key', who.actor, given]))
  const fingerprint = await idempotency.mac(JSON.stringify(['request', content, await sha256Hex(body)]))
  const caller = await idempotency.mac(JSON.stringify(['caller', who.actor]))
  const begun = await registry.idempotency.begin({ key, fingerprint, caller, atMs: nowMs })
  if (begun.kind !== 'acquired') return repeated<T>(begun, key, context)

  const end = (sealed: Uint8Array | null) => registry.idempotency.end(key, begun.lease, sealed, nowMs)
  try {
    const outcome = await work()
    await logFailure(context, async () => end(await sealedIfKept(outcome, key, context)))
    return outcome
  } catch (cause) {
    await logFailure(context, () => end(null))
    throw cause
  }
}

async function sealedIfKept(
  outcome: Outcome,
  key: string,
  { idempotency }: RequestContext,
): Promise<Uint8Array | null> {
  if (!outcome.ok && statusOf(outcome.code) >= 500) return null
  const plain = utf8(JSON.stringify(outcome))
  return plain.byteLength > ANSWER_MAX_BYTES ? null : idempotency.sealer.seal(plain, associatedDataOf(key))
}

async function repeated<T extends Outcome>(
  begun: Exclude<Begun, { readonly kind: 'acquired' }>,
  key: string,
  { idempotency }: RequestContext,
): Promise<T | Problem> {
  if (begun.kind !== 'answered') return REFUSALS[begun.kind]
  const plain = textOf(await idempotency.sealer.open(begun.sealed, associatedDataOf(key))) ?? 'null'
  const outcome = JSON.parse(plain) as T
  return { ...outcome, headers: { ...outcome.headers, ...REPLAYED } }
}

const associatedDataOf = (key: string): string => `once/${key}`

/** The work has run. If its answer cannot be stored, the caller still gets it, and the failure is logged. */
async function logFailure(context: RequestContext, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    context.reportUnavailable('idempotency', cause)
  }
}

const MALFORMED = problem(
  'idempotency_key_malformed',
  'The Idempotency-Key is malformed: it must have 1 to 255 visible ASCII characters.',
)

const REFUSALS = {
  reused: problem(
    'idempotency_key_reused',
    'This Idempotency-Key was used with a different request. Nothing was done. Use a new key for a new request.',
  ),
  running: problem(
    'idempotency_in_progress',
    'The first request with this Idempotency-Key is still running. Try again later.',
    {
      headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
    },
  ),
} as const
