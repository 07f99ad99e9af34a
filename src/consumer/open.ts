/** From a queue message to its contents. Total: whatever the message holds, and whatever fails, gives a verdict. */
import * as v from 'valibot'
import { type Contents, type Envelope, EnvelopeSchema, openContents } from '../event/envelope.ts'
import { isObject } from '../platform/json.ts'
import { faultName } from '../platform/log.ts'
import { SealBroken } from '../platform/seal.ts'
import type { DeadReason } from '../store/dead-letters.ts'
import type { ConsumerDeps } from './deps.ts'
import { DONE, type Opened, type Settlement } from './settlement.ts'

export type Addressed =
  | { readonly ok: true; readonly envelope: Envelope }
  | { readonly ok: false; readonly settlement: Settlement }

/** How the messages of a queue are read on the outside. */
export type ReadOutside = (message: Message, deps: ConsumerDeps) => Promise<Addressed>

/** Messages that the gateway and the console made. */
export const readOurs: ReadOutside = async ({ body }) => readEnvelope(body)

function readEnvelope(body: unknown): Addressed {
  const parsed = v.safeParse(EnvelopeSchema, body)
  if (parsed.success) return { ok: true, envelope: parsed.output }
  // The gateway is deployed before the consumer: a newer version is understood once the consumer has followed.
  const newer = isObject(body) && typeof body['version'] === 'number' && body['version'] > 1
  return {
    ok: false,
    settlement: newer ? { kind: 'again', reason: 'version_unknown' } : never('envelope_malformed'),
  }
}

/** Fetches and opens the inside. */
export async function open(message: Message, envelope: Envelope, deps: ConsumerDeps): Promise<Opened> {
  try {
    const sealed = envelope.kind === 'inline' ? envelope.sealed : await fetchLarge(envelope.object, deps)
    if (sealed === undefined) return { ok: false, settlement: await whenGone(envelope, deps) }
    const contents = await openContents(sealed, deps.queueSealer, envelope.key)
    return contents === undefined || !belongsTo(contents, envelope)
      ? { ok: false, settlement: never('contents_malformed') }
      : { ok: true, job: { message, envelope, contents } }
  } catch (cause) {
    if (cause instanceof SealBroken) return { ok: false, settlement: never('seal_broken') }
    if (cause instanceof SyntaxError) return { ok: false, settlement: never('contents_malformed') }
    return {
      ok: false,
      settlement: { kind: 'again', reason: 'contents_unavailable', fault: faultName(cause) },
    }
  }
}

const never = (reason: DeadReason): Settlement => ({ kind: 'never', reason })

async function fetchLarge(object: string, deps: ConsumerDeps): Promise<Uint8Array | undefined> {
  const found = await deps.large.get(object)
  return found === null ? undefined : new Uint8Array(await found.arrayBuffer())
}

/** An object goes only after its events are stored and its handlers have run: then this is a second copy of the message. */
async function whenGone({ key }: Envelope, { store }: ConsumerDeps): Promise<Settlement> {
  const [known] = await store.db.batch([
    store.db.prepare('SELECT 1 FROM large_deliveries WHERE key = ?1').bind(key),
  ])
  return known?.results.length === 1 ? DONE : never('contents_missing')
}

/** One source's message brings no other source's events. */
const belongsTo = ({ delivery, events }: Contents, { source }: Envelope): boolean =>
  delivery.source === source && events.every((event) => event.source === source)
