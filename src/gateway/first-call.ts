/**
 * First calls: the request without which an ESP saves no webhook, and which nothing can verify. While a person has the source's set-up
 * open, a request in the provider's exact form gets 200 in place of its refusal. It is counted, and
 * nothing else: no quota, no claim, no message.
 */
import type { RefusalCode } from '../event/refusal-code.ts'
import type { SetupWindow } from '../event/setup-window.ts'
import { concat, utf8 } from '../platform/bytes.ts'
import type { Delivery } from '../providers/shared/presented-credentials.ts'
import type { FirstCall, Provider } from '../providers/shared/provider.ts'
import type { Source } from '../registry/sources/source.ts'
import { verifies } from './authenticate/keys.ts'
import { MAX_SIGNATURES, decodePresented } from './authenticate/limits.ts'
import type { DeliveryContext } from './delivery-context.ts'
import { isUnverified } from './respond.ts'

/** A sample event with a whole mail around it fits. */
export const FIRST_CALL_MAX_BYTES = 16 * 1_024

/** Until the registry is told again, if it did not answer. */
const TELL_AGAIN_MS = 10_000

export interface AnsweredFirstCall {
  readonly kind: string
  /** Identifies the opening of the set-up. */
  readonly openedAtMs: number
}

/** Ends set-ups: here at once, and for all isolates by telling the registry, once for each source that this isolate has loaded. */
export class SetupEnds {
  readonly #tell: (source: string, requestId: string) => Promise<void>
  /** When to tell at the earliest. A cached source keeps its window, see `accept/sources.ts`. */
  readonly #tellAtMs = new WeakMap<SetupWindow, number>()

  constructor(tell: (source: string, requestId: string) => Promise<void>) {
    this.#tell = tell
  }

  has = (window: SetupWindow): boolean => this.#tellAtMs.has(window)

  /** @param inBackground keeps the call alive after the answer */
  noteVerified(
    { name, setup }: Source,
    requestId: string,
    nowMs: number,
    inBackground: (work: Promise<unknown>) => void,
  ): void {
    if (setup === undefined || setup.again === true || nowMs < (this.#tellAtMs.get(setup) ?? -Infinity))
      return
    this.#tellAtMs.set(setup, nowMs + TELL_AGAIN_MS)
    // If it fails, the next verified delivery tells it.
    const told = this.#tell(name, requestId).then(() => this.#tellAtMs.set(setup, Infinity))
    inBackground(told.catch(() => undefined))
  }
}

/** The kind of first call that a request may be, with the window that is open. Undefined for nearly all sources, without any work. */
export function awaitedFirstCall(
  { provider, setup }: DeliveryContext,
  ends: Pick<SetupEnds, 'has'>,
  nowMs: number,
): { readonly firstCall: FirstCall; readonly provider: Provider; readonly openedAtMs: number } | undefined {
  if (setup === undefined || nowMs >= setup.endsAtMs || ends.has(setup)) return undefined
  const firstCall = provider?.firstCall
  return firstCall === undefined || provider === undefined
    ? undefined
    : { firstCall, provider, openedAtMs: setup.openedAtMs }
}

/** The first call that a refused delivery is. Undefined if it is none, or none is awaited. */
export async function firstCallIn(
  delivery: Delivery,
  code: RefusalCode,
  context: DeliveryContext,
  ends: Pick<SetupEnds, 'has'>,
  nowMs: number,
): Promise<AnsweredFirstCall | undefined> {
  const awaited = awaitedFirstCall(context, ends, nowMs)
  if (awaited === undefined) return undefined
  if (!isUnverified(code) || code === 'network_blocked') return undefined
  if (delivery.body.byteLength > FIRST_CALL_MAX_BYTES) return undefined
  const { firstCall, provider, openedAtMs } = awaited
  const { kind, hasForm, publishedSecret } = firstCall
  if (!hasForm(delivery)) return undefined
  const isGenuine = publishedSecret === undefined || (await isSignedWith(publishedSecret, delivery, provider))
  return isGenuine ? { kind, openedAtMs } : undefined
}

/** Whether a request is signed with a secret that anybody knows. That proves nothing, so it makes no `Verified`. */
async function isSignedWith(secret: string, delivery: Delivery, { authMethods }: Provider): Promise<boolean> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', utf8(secret), algorithm, false, ['verify'])
  for (const method of authMethods) {
    const presented = method.credentials(delivery, {})
    if (presented.scheme !== 'hmac') continue
    for (const { text, encoding } of presented.signatures.slice(0, MAX_SIGNATURES)) {
      const signature = decodePresented(text, encoding)
      if (
        signature !== undefined &&
        (await verifies('hmac-sha256', key, signature, concat(presented.signed)))
      )
        return true
    }
  }
  return false
}
