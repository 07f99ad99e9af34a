/** Opens a queue message. It never throws: a malformed message or a failed dependency gives a settlement. */
import * as v from 'valibot'
import { type Contents, type Envelope, EnvelopeSchema, openContents } from '../event/envelope.ts'
import { isObject } from '../platform/json.ts'
import { faultName } from '../platform/log.ts'
import { KeyVersionUnknown, SealBroken } from '../platform/seal.ts'
import type { DeadReason } from '../store/dead-letters.ts'
import type { ConsumerDeps } from './deps.ts'
import { DONE, type Opened, type Settlement } from './settlement.ts'

export type Addressed =
  | { readonly ok: true; readonly envelope: Envelope }
  | { readonly ok: false; readonly settlement: Settlement }

/** Reads the envelope of a queue's messages, without opening the contents. */
export type ReadEnvelope = (message: Message, deps: ConsumerDeps) => Promise<Addressed>

/** For messages that the gateway or the console sent. */
export const readOwn: ReadEnvelope = async ({ body }) => parseEnvelope(body)

function parseEnvelope(body: unknown): Addressed {
  const parsed = v.safeParse(EnvelopeSchema, body)
  if (parsed.success) return { ok: true, envelope: parsed.output }
  const newer = isObject(body) && typeof body['version'] === 'number' && body['version'] > 1
  return { ok: false, settlement: newer ? NEWER : never('envelope_malformed') }
}

/** Fetches and opens the contents. */
export async function open(message: Message, envelope: Envelope, deps: ConsumerDeps): Promise<Opened> {
  try {
    const sealed = envelope.kind === 'inline' ? envelope.sealed : await fetchLarge(envelope.object, deps)
    if (sealed === undefined) return { ok: false, settlement: await whenMissing(envelope, deps) }
    const opened = await openContents(sealed, deps.queueSealer, envelope.key)
    if (opened.kind === 'newer') return { ok: false, settlement: NEWER }
    return opened.kind === 'malformed' || !belongsTo(opened.contents, envelope)
      ? { ok: false, settlement: never('contents_malformed') }
      : { ok: true, job: { message, envelope, contents: opened.contents } }
  } catch (cause) {
    if (cause instanceof KeyVersionUnknown) return { ok: false, settlement: NEWER_KEY }
    if (cause instanceof SealBroken) return { ok: false, settlement: never('seal_broken') }
    if (cause instanceof SyntaxError) return { ok: false, settlement: never('contents_malformed') }
    return {
      ok: false,
      settlement: { kind: 'again', reason: 'contents_unavailable', fault: faultName(cause) },
    }
  }
}

/** The consumer is deployed before the gateway, but may be rolled back alone. It retries until a newer consumer is deployed. */
const NEWER: Settlement = { kind: 'again', reason: 'version_unknown' }

/** The gateway got a new master key before this Worker did. It retries until this Worker has it. */
const NEWER_KEY: Settlement = { kind: 'again', reason: 'key_version_unknown' }

const never = (reason: DeadReason): Settlement => ({ kind: 'never', reason })

async function fetchLarge(object: string, deps: ConsumerDeps): Promise<Uint8Array | undefined> {
  const found = await deps.large.get(object)
  return found === null ? undefined : new Uint8Array(await found.arrayBuffer())
}

/** An object is deleted only after its events are stored. Then this message is a second copy. */
async function whenMissing({ key }: Envelope, { store }: ConsumerDeps): Promise<Settlement> {
  const [known] = await store.db.batch([
    store.db.prepare('SELECT 1 FROM large_deliveries WHERE key = ?1').bind(key),
  ])
  return known?.results.length === 1 ? DONE : never('contents_missing')
}

/** A message of one source must not contain another source's events. */
const belongsTo = ({ delivery, events, reread = [] }: Contents, { source }: Envelope): boolean =>
  delivery.source === source && [...events, ...reread].every((event) => event.source === source)
