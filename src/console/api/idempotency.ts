/**
 * `Idempotency-Key` on POST (draft-ietf-httpapi-idempotency-key-header): a request that is sent again is answered again and
 * not done again. The same key of the same caller with anything else in the request is refused.
 *
 * Kept for a day is what a route has answered, success or refusal. Not kept is what was refused before the route began
 * (nothing was done, and a mended request may have the same key) and a fault of ours: then a repetition is done. When this
 * Worker dies between doing and remembering, the key is held for two minutes, and then a repetition is done, too:
 * The OpenAPI document says for each route what that means.
 */
import { type Bytes, textOf, utf8 } from '../../platform/bytes.ts'
import { sha256Hex } from '../../platform/sha256.ts'
import type { Begun } from '../../registry/idempotency.ts'
import type { RequestContext } from '../request-context.ts'
import { type Problem, problem, statusOf } from './problem.ts'

/** What a route has answered, as far as it can be kept: plain JSON. */
type Outcome =
  | {
      readonly ok: true
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      readonly json?: unknown
    }
  | Problem

/** Larger answers are not kept. They come of calls that may as well be done again: a plan for hundreds of sources, walked lines. */
const ANSWER_MAX_BYTES = 64 * 1024

/** As in `Idempotency-Replayed`, which only repeated answers have. */
const REPLAYED = { 'idempotency-replayed': 'true' }

const COME_BACK_SECONDS = 1

/**
 * Does the work unless it was done already under the request's key. Without a key it is simply done.
 *
 * @param content all that the route is told beside the body
 */
export async function once<T extends Outcome>(
  request: Request,
  content: unknown,
  body: Bytes,
  context: RequestContext,
  work: () => Promise<T>,
): Promise<T | Problem> {
  const given = request.headers.get('idempotency-key')
  if (given === null) return work()
  // The draft's key is a string of RFC 8941; many clients send it without the quotes. Both are taken, as they are.
  if (!/^[\x21-\x7e]{1,255}$/.test(given)) return MALFORMED

  const { registry, idempotency, who, nowMs } = context
  const key = await idempotency.mac(JSON.stringify(['key', who.actor, given]))
  const fingerprint = await idempotency.mac(JSON.stringify(['request', content, await sha256Hex(body)]))
  const begun = await registry.beginOnce({ key, fingerprint, atMs: nowMs })
  if (begun.kind !== 'acquired') return repeated<T>(begun, key, context)

  const end = (sealed: Uint8Array | null) => registry.endOnce(key, begun.lease, sealed, nowMs)
  try {
    const outcome = await work()
    await survive(context, async () => end(await sealedIfKept(outcome, key, context)))
    return outcome
  } catch (cause) {
    await survive(context, () => end(null))
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
  return plain.byteLength > ANSWER_MAX_BYTES ? null : idempotency.sealer.seal(plain, placeOf(key))
}

async function repeated<T extends Outcome>(
  begun: Exclude<Begun, { readonly kind: 'acquired' }>,
  key: string,
  { idempotency }: RequestContext,
): Promise<T | Problem> {
  if (begun.kind !== 'answered') return REFUSALS[begun.kind]
  const plain = textOf(await idempotency.sealer.open(begun.sealed, placeOf(key))) ?? 'null'
  const outcome = JSON.parse(plain) as T
  return { ...outcome, headers: { ...outcome.headers, ...REPLAYED } }
}

const placeOf = (key: string): string => `once/${key}`

/** The work is done whether or not it can be remembered: the caller is told how it ended. */
async function survive(context: RequestContext, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    context.missing('idempotency', cause)
  }
}

const MALFORMED = problem(
  'idempotency_key_malformed',
  'An Idempotency-Key has 1 to 255 visible ASCII characters.',
)

const REFUSALS = {
  reused: problem(
    'idempotency_key_reused',
    'This Idempotency-Key came with another request. Nothing was done: take a new key for a new request.',
  ),
  running: problem(
    'idempotency_in_progress',
    'The first request with this Idempotency-Key is not done yet.',
    {
      headers: { 'retry-after': String(COME_BACK_SECONDS) },
    },
  ),
} as const
