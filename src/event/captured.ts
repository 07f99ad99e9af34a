/**
 * Refused deliveries that an operator asked to keep: the request as the gateway judged it, sealed. The gateway seals it, the refusal
 * log keeps it, and the console opens it.
 */
import { type Bytes, concat, textOf } from '../platform/bytes.ts'
import type { Sealer } from '../platform/seal.ts'

/** While a source's refused deliveries are kept. */
export interface CaptureWindow {
  /** Identifies the capture: a later one of the same source begins anew. */
  readonly startedAtMs: number
  readonly endsAtMs: number
}

/** The longest capture. Whatever it kept is deleted this long after it began. */
export const CAPTURE_MAX_SECONDS = 3_600

/** The first deliveries of a capture are kept, up to these bounds, so that a stranger's requests cost no more than this. */
export const CAPTURE_MAX_DELIVERIES = 20
export const CAPTURE_MAX_BYTES = 5 * 1_048_576
/** A larger delivery is not kept. */
export const CAPTURE_DELIVERY_MAX_BYTES = 1_048_576

/** A request. The body is inflated, and no header says otherwise. */
export interface CapturedRequest {
  readonly method: string
  /** As it was signed: the source's `publicUrl` if there is one. */
  readonly url: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array
}

/** Layout: the head as one line of JSON, then the body. */
export const sealCaptured = (
  { body, ...head }: CapturedRequest,
  sealer: Sealer,
  source: string,
  requestId: string,
): Promise<Bytes> =>
  sealer.seal(concat([JSON.stringify(head), '\n', body]), associatedDataOf(source, requestId))

/** @throws {SealBroken} */
export async function openCaptured(
  sealed: Uint8Array,
  sealer: Sealer,
  source: string,
  requestId: string,
): Promise<CapturedRequest> {
  const bytes = await sealer.open(sealed, associatedDataOf(source, requestId))
  const end = bytes.indexOf(NEWLINE)
  const head = JSON.parse(textOf(bytes.subarray(0, end)) ?? 'null') as Omit<CapturedRequest, 'body'>
  return { ...head, body: bytes.subarray(end + 1) }
}

const NEWLINE = 10

const associatedDataOf = (source: string, requestId: string): string => `captured/${source}/${requestId}`
