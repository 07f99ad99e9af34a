/**
 * The registry as one sealed blob: sources, destinations and channels with every version of their secrets, tokens, retention, and the head of the audit log. Only the
 * master key that sealed it opens it, and only if no byte was changed.
 */
import * as v from 'valibot'
import { type Bytes, textOf, utf8 } from '../../platform/bytes.ts'
import { isObject, parseJsonText } from '../../platform/json.ts'
import { SealBroken, type Sealer } from '../../platform/seal.ts'
import type { ChannelConfig } from '../../channels/document.ts'
import { isChannelKind } from '../../channels/index.ts'
import { DestinationConfigSchema } from '../destinations/document.ts'
import { SourceConfigSchema, SourceNameSchema } from '../sources/document.ts'
import type { Secret } from '../sources/source.ts'

const ASSOCIATED_DATA = 'backup'

const time = v.pipe(v.number(), v.integer(), v.minValue(0))
const timeOrNull = v.nullable(time)

const secrets = v.array(
  v.object({
    slot: v.string(),
    version: v.pipe(v.number(), v.integer(), v.minValue(1)),
    state: v.picklist(['pending', 'active', 'retiring', 'revoked']),
    origin: v.picklist(['operator', 'postern']),
    createdAtMs: time,
    activatedAtMs: timeOrNull,
    acceptedUntilMs: timeOrNull,
    revokedAtMs: timeOrNull,
    /** Null once revoked. Not validated again: it was validated when it was saved. */
    secret: v.nullable(v.custom<Secret>((value) => typeof value === 'object' && value !== null)),
  }),
)
const owner = { name: SourceNameSchema, createdAtMs: time, updatedAtMs: time, secrets }

const channelConfig = v.custom<ChannelConfig>((value) => isObject(value) && isChannelKind(value['kind']))

/** A backup of before 0.4 may have such channels, which are no more. */
const isOfOpsgenie = (channel: unknown): boolean =>
  isObject(channel) && isObject(channel['config']) && channel['config']['kind'] === 'opsgenie'

/** A later version may add fields, and settings of sources and destinations: they are dropped. */
export const DumpSchema = v.object({
  version: v.literal(1),
  madeAtMs: time,
  sources: v.array(
    v.object({
      ...owner,
      config: v.object(SourceConfigSchema.entries),
      /** When a first delivery was verified. Only for sources with a set-up that this ends. */
      verifiedAtMs: v.optional(time),
    }),
  ),
  /** A backup from before there were destinations has none. */
  destinations: v.optional(
    v.array(v.object({ ...owner, config: v.object(DestinationConfigSchema.entries) })),
    [],
  ),
  /** The same for channels. Their settings were checked by kind when they were saved. */
  channels: v.optional(
    v.pipe(
      v.array(v.unknown()),
      v.filterItems((one) => !isOfOpsgenie(one)),
      v.array(v.object({ ...owner, config: channelConfig })),
    ),
    [],
  ),
  /** A backup from before there was a retention document has none, and so has one in which none was saved. */
  retention: v.optional(
    v.object({
      settings: v.record(v.string(), v.unknown()),
      holds: v.array(
        v.object({
          source: v.nullable(v.string()),
          person: v.nullable(v.string()),
          reason: v.string(),
          sinceMs: time,
        }),
      ),
    }),
  ),
  operators: v.object({
    tokens: v.array(
      v.object({
        id: v.string(),
        hash: v.string(),
        name: v.string(),
        role: v.picklist(['viewer', 'operator', 'admin']),
        sources: v.nullable(v.array(v.string())),
        createdBy: v.string(),
        createdAtMs: time,
        expiresAtMs: time,
        lastUsedAtMs: timeOrNull,
        revokedAtMs: timeOrNull,
      }),
    ),
    /** Hashes. */
    retiredAdminTokens: v.array(v.string()),
  }),
  audit: v.object({
    /** Base64 of the log's MAC key. */
    key: v.string(),
    head: v.object({ seq: v.pipe(v.number(), v.integer(), v.minValue(0)), mac: v.string() }),
  }),
})
export type Dump = v.InferOutput<typeof DumpSchema>

export type ReadDump =
  | { readonly ok: true; readonly dump: Dump }
  /** `foreign`: sealed under another master key, or changed. `not_understood`: of another version of Postern. */
  | { readonly ok: false; readonly problem: 'foreign' | 'not_understood' }

export const sealDump = (dump: Dump, sealer: Sealer): Promise<Bytes> =>
  sealer.seal(utf8(JSON.stringify(dump)), ASSOCIATED_DATA)

export async function readDump(sealed: Uint8Array, sealer: Sealer): Promise<ReadDump> {
  let plain: Bytes
  try {
    plain = await sealer.open(sealed, ASSOCIATED_DATA)
  } catch (cause) {
    if (cause instanceof SealBroken) return { ok: false, problem: 'foreign' }
    throw cause
  }
  const parsed = v.safeParse(DumpSchema, parseJsonText(textOf(plain) ?? ''))
  return parsed.success ? { ok: true, dump: parsed.output } : { ok: false, problem: 'not_understood' }
}
