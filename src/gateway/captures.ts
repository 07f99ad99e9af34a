/**
 * Hands refused deliveries of a source to the refusal log while an operator captures them. An isolate hands over as many as a capture
 * keeps, and none once the log has no room, so that strangers cannot make calls without end.
 */
import {
  CAPTURE_DELIVERY_MAX_BYTES,
  CAPTURE_MAX_DELIVERIES,
  type CapturedRequest,
  sealCaptured,
} from '../event/captured.ts'
import type { RefusalCode } from '../event/refusal-code.ts'
import { BoundedMap } from '../platform/bounded-map.ts'
import { type Log, faultName } from '../platform/log.ts'
import type { Sealer } from '../platform/seal.ts'
import type { Delivery } from '../providers/shared/presented-credentials.ts'
import type { CapturedDelivery } from '../refusals/captures.ts'
import type { DeliveryContext } from './delivery-context.ts'
import { comesAgain } from './respond.ts'

/** Sources whose hand-overs are counted. For any other, the log's bound holds alone. */
const COUNTED_SOURCES = 200

/** Headers about the body as it was sent. What is kept is the body as it was read. */
const OF_TRANSFER: ReadonlySet<string> = new Set(['content-encoding', 'content-length', 'transfer-encoding'])

interface AddDeps {
  readonly requestId: string
  readonly nowMs: () => number
  readonly inBackground: (work: Promise<unknown>) => void
}

/** How many deliveries of one capture this isolate may still hand over. */
interface Allowance {
  readonly startedAtMs: number
  left: number
}

export class Captures {
  readonly #handOver: (delivery: CapturedDelivery) => Promise<boolean>
  readonly #sealer: Sealer
  readonly #log: Log
  readonly #allowances = new BoundedMap<string, Allowance>(COUNTED_SOURCES)

  /** @param handOver returns whether the capture has room for more */
  constructor(handOver: (delivery: CapturedDelivery) => Promise<boolean>, sealer: Sealer, log: Log) {
    this.#handOver = handOver
    this.#sealer = sealer
    this.#log = log
  }

  /** Whether a refused delivery of this source would be handed over. False for nearly all sources, without any work. */
  wants(context: DeliveryContext, nowMs: number): boolean {
    const allowance = this.#allowanceOf(context, nowMs)
    return allowance !== undefined && allowance.left > 0
  }

  /**
   * Hands the delivery over after the answer, if it is wanted. Refusals after which the sender retries say nothing about the
   * delivery, and are left out.
   */
  add(
    delivery: Delivery,
    code: RefusalCode,
    context: DeliveryContext,
    { requestId, nowMs, inBackground }: AddDeps,
  ): void {
    const atMs = nowMs()
    const { source, provider } = context
    const allowance = this.#allowanceOf(context, atMs)
    if (allowance === undefined || allowance.left <= 0 || source === undefined || provider === undefined)
      return
    if (comesAgain(code) || delivery.body.byteLength > CAPTURE_DELIVERY_MAX_BYTES) return
    allowance.left -= 1
    const { startedAtMs } = allowance
    const entry = { source, startedAtMs, requestId, atMs, provider: provider.name, code }
    inBackground(this.#send(entry, requestOf(delivery), allowance))
  }

  async #send(
    entry: Omit<CapturedDelivery, 'bytes' | 'sealed'>,
    request: CapturedRequest,
    allowance: Allowance,
  ): Promise<void> {
    try {
      const sealed = await sealCaptured(request, this.#sealer, entry.source, entry.requestId)
      const hasRoom = await this.#handOver({ ...entry, bytes: request.body.byteLength, sealed })
      if (!hasRoom) allowance.left = 0
    } catch (cause) {
      this.#log({ event: 'refusals_unavailable', count: 1, fault: faultName(cause) })
    }
  }

  #allowanceOf({ source, capture }: DeliveryContext, nowMs: number): Allowance | undefined {
    if (capture === undefined || source === undefined || nowMs >= capture.endsAtMs) return undefined
    const { startedAtMs } = capture
    const known = this.#allowances.get(source)
    if (known?.startedAtMs === startedAtMs) return known
    const allowance = { startedAtMs, left: CAPTURE_MAX_DELIVERIES }
    this.#allowances.set(source, allowance)
    return allowance
  }
}

const requestOf = ({ method, url, headers, body }: Delivery): CapturedRequest => ({
  method,
  url,
  headers: [...headers].filter(([name]) => !OF_TRANSFER.has(name)),
  body,
})
