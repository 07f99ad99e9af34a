/**
 * The messages of the queue. The envelope is in the clear and small: version, source, key. The contents, which hold addresses, are
 * sealed, so that the queue, the dead letters and the bucket for large deliveries store nothing personal in the clear.
 *
 * The two sides of the queue may be of different versions. A field that a reader does not know is dropped, and a new field is
 * optional. A new value of a list, such as an event type, raises {@link CONTENTS_VERSION}. See docs/upgrading.md.
 */
import * as v from 'valibot'
import { type Bytes, textOf, utf8 } from '../platform/bytes.ts'
import { isObject } from '../platform/json.ts'
import type { Sealer } from '../platform/seal.ts'
import { LEVELS, RecordedChecksSchema } from './decision.ts'
import { MailEventSchema } from './mail-event.ts'

/** Of the contents. */
const CONTENTS_VERSION = 1

/** Facts about the delivery of the events. No address, no secret. */
export const DeliveryFactsSchema = v.object({
  request_id: v.string(),
  source: v.string(),
  provider: v.string(),
  received_at: v.string(),
  /** The auth methods that verified it. This and the next two are of the decision, see `decision.ts`. */
  methods: v.array(v.string()),
  /** Which checks passed, failed and were not decided. */
  checks: RecordedChecksSchema,
  alerts: v.array(v.string()),
  /** Set if the guard was down: what replaced it, or that nothing did. */
  degraded: v.nullable(v.string()),
  /** The source's level then; absent if no source decided, as for Cloudflare's Email Service. */
  level: v.optional(v.picklist(LEVELS)),
  /**
   * Where it came from and how large it was: the client's /24 or /48, the number of its autonomous system, and the bytes of the body.
   * Null or absent if unknown.
   */
  network: v.optional(v.nullable(v.string())),
  asn: v.optional(v.nullable(v.number())),
  bytes: v.optional(v.nullable(v.number())),
  /** When an operator let its events in, which came too late to be told from copies. Absent for all others. */
  let_in_at: v.optional(v.string()),
  /** Set if Postern fetched its events from the ESP's API: `backfill`, or `backfill_forwarded` if destinations get them, too. */
  origin: v.optional(v.string()),
})
export type DeliveryFacts = v.InferOutput<typeof DeliveryFactsSchema>

/** An authentic delivery, or one item of it, that could not be read. */
export const QuarantinedSchema = v.object({
  /**
   * Why, as a stable code: `body_unreadable`, `items_unreadable` (too many items, so the whole body), `item_unreadable`,
   * `item_too_wide`, `payload_invalid`, `event_too_large`, `history_removed`.
   */
  problem: v.string(),
  /** Media type and boundary. */
  content_type: v.nullable(v.string()),
  /**
   * Further input that a provider may read, kept so that the delivery can be replayed: the query, and the headers that the signature
   * covers.
   */
  query: v.string(),
  headers: v.record(v.string(), v.string()),
  /** Base64 of the whole body, or of the one item as JSON. */
  body: v.string(),
  /** True if `body` is one item of a batch whose other items were accepted. */
  item: v.boolean(),
})
export type Quarantined = v.InferOutput<typeof QuarantinedSchema>

/** An event, with its compressed original if that is kept (`original/original.ts`). */
const QueuedEventSchema = v.object({ ...MailEventSchema.entries, original: v.optional(v.string()) })
export type QueuedEvent = v.InferOutput<typeof QueuedEventSchema>

/** The ESP's own request, for destinations of the form `original`. */
export const OriginalRequestSchema = v.object({
  method: v.string(),
  /** Of the URL that the ESP calls, without the question mark. */
  query: v.string(),
  /** By name in lower case, without those of the connection. */
  headers: v.record(v.string(), v.string()),
  /** Base64. */
  body: v.string(),
})
export type OriginalRequest = v.InferOutput<typeof OriginalRequestSchema>

export const ContentsSchema = v.object({
  delivery: DeliveryFactsSchema,
  events: v.array(QueuedEventSchema),
  quarantined: v.array(QuarantinedSchema),
  /** Absent if no destination gets it. */
  request: v.optional(
    v.object({
      ...OriginalRequestSchema.entries,
      /** Names of the destinations. */
      destinations: v.array(v.string()),
    }),
  ),
  /** Stored events under their stored ids, as today's code reads their originals. They replace what is stored. */
  reread: v.optional(v.array(MailEventSchema)),
})
export type Contents = v.InferOutput<typeof ContentsSchema>

const bytes = v.custom<Uint8Array>((value) => value instanceof Uint8Array, 'bytes')

const outside = {
  version: v.literal(1),
  source: v.string(),
  /** Names the message wherever it is stored: `<request id>/<part>`. */
  key: v.string(),
}

/** The sealed contents are in the message, or in R2 if they are too large for one. */
export const EnvelopeSchema = v.variant('kind', [
  v.object({ ...outside, kind: v.literal('inline'), sealed: bytes }),
  v.object({ ...outside, kind: v.literal('stored'), object: v.string() }),
])
export type Envelope = v.InferOutput<typeof EnvelopeSchema>

/** The bytes that are sealed. {@link openContents} reads them. */
export const plainOf = (contents: Contents): Bytes =>
  utf8(JSON.stringify({ version: CONTENTS_VERSION, ...contents }))

/** Seals contents for the envelope named `key`. They cannot be opened under another name. */
export const sealContents = (contents: Contents, sealer: Sealer, key: string): Promise<Bytes> =>
  sealer.seal(plainOf(contents), key)

export type OpenedContents =
  | { readonly kind: 'contents'; readonly contents: Contents }
  /** Made by a later version, and not readable by this one. */
  | { readonly kind: 'newer' }
  | { readonly kind: 'malformed' }

/**
 * Opens and validates the contents of a message.
 *
 * @throws {SealBroken} if the bytes were changed or belong to another message
 */
export async function openContents(sealed: Uint8Array, sealer: Sealer, key: string): Promise<OpenedContents> {
  const text = textOf(await sealer.open(sealed, key))
  const value: unknown = text === undefined ? undefined : JSON.parse(text)
  const parsed = v.safeParse(ContentsSchema, value)
  if (parsed.success) return { kind: 'contents', contents: parsed.output }
  const version = isObject(value) ? value['version'] : undefined
  return { kind: typeof version === 'number' && version > CONTENTS_VERSION ? 'newer' : 'malformed' }
}
