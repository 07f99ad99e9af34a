/** The source document, as an operator sends it to `/api/sources/<name>`. Reading it returns everything but the secrets. */
import * as v from 'valibot'
import { RESOURCE_NAME } from '../../platform/resource-name.ts'
import { LEVELS } from '../../event/decision.ts'
import { savedSettings } from '../owners/saved-settings.ts'
import { ContainmentPolicySchema } from '../containment/policy.ts'

export const SourceNameSchema = v.pipe(
  v.string(),
  v.regex(
    RESOURCE_NAME,
    'Must be 1 to 64 lower-case letters, digits and hyphens, with no hyphen at either end.',
  ),
)

const seconds = (min: number, max: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))
const headerName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'Must be the name of a header, 1 to 100 characters.'),
)
/** Limited, since a line of the audit log has all settings before and after, and a row has a maximum size. */
const shortText = v.pipe(v.string(), v.maxLength(2_048))
const absoluteUrl = v.pipe(
  shortText,
  v.check(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
    'Must be an absolute http or https URL.',
  ),
)
const network = v.pipe(v.string(), v.maxLength(64))
const country = v.pipe(
  v.string(),
  v.regex(/^[A-Z][A-Z0-9]$/, 'Must be a country code of two capital letters: DE.'),
)
const asn = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4_294_967_295))
const listOf = <T extends v.GenericSchema>(schema: T) => v.pipe(v.array(schema), v.maxLength(1_000))

export const SIGNATURE_ALGORITHMS = [
  'hmac-sha1',
  'hmac-sha256',
  'hmac-sha512',
  'ecdsa-p256-sha256',
  'rsa-pkcs1-sha1',
  'rsa-pkcs1-sha256',
  'ed25519',
] as const

export const SignatureSchema = v.strictObject({
  algorithm: v.picklist(SIGNATURE_ALGORITHMS),
  header: headerName,
  prefix: v.optional(v.pipe(v.string(), v.maxLength(64))),
  encoding: v.picklist(['hex', 'base64', 'base64url']),
  format: v.optional(v.picklist(['der', 'p1363'])),
  signed: v.pipe(
    v.string(),
    v.maxLength(256),
    v.check((text) => text.includes('{body}'), 'Must contain {body}.'),
  ),
  timestampHeader: v.optional(headerName),
  idHeader: v.optional(headerName),
})

/** All settings of a source except its secrets, with their defaults. Times in seconds, sizes in bytes. */
export const SourceConfigSchema = v.strictObject({
  provider: v.pipe(v.string(), v.maxLength(64)),
  auth: v.optional(
    v.strictObject({
      require: v.optional(v.picklist(['any', 'all']), 'any'),
      /** Names of the provider's auth methods; absent means each for which there is a secret. */
      methods: v.optional(
        v.pipe(v.array(v.pipe(v.string(), v.maxLength(64))), v.minLength(1), v.maxLength(8)),
      ),
    }),
    {},
  ),
  level: v.optional(v.picklist(LEVELS), 'standard'),
  allowedIps: v.optional(listOf(network)),
  blockedIps: v.optional(listOf(network)),
  allowedCountries: v.optional(listOf(country)),
  blockedCountries: v.optional(listOf(country)),
  allowedAsns: v.optional(listOf(asn)),
  blockedAsns: v.optional(listOf(asn)),
  ratePerMinute: v.optional(seconds(1, 1_000_000), 6_000),
  replayWindowSeconds: v.optional(seconds(30, 7 * 86_400)),
  /** Whether a delivery that fails `source_ip` is refused, whatever the level would tolerate. */
  requireSourceIp: v.optional(v.boolean(), false),
  requireTls: v.optional(v.boolean(), true),
  minimumTls: v.optional(v.picklist(['1.2', '1.3']), '1.2'),
  /** The webhook URL at the ESP, needed if the ESP signs it and a proxy changes it. Stored and shown masked, see `public-url.ts`. */
  publicUrl: v.optional(absoluteUrl),
  /** Default: that of the provider, or 1 MiB. */
  maxBodyBytes: v.optional(seconds(1_024, 10 * 1_048_576)),
  /** Guard objects of this source; the quota is divided among them. */
  guardShards: v.optional(seconds(1, 64), 1),
  /** Store of claims and quota: a Durable Object, with Redis as failover if it is set up, or only Redis. */
  guardStore: v.optional(v.picklist(['object', 'redis']), 'object'),
  /** If no store answers. Default: `refuse` at level maximum, `admit` at other levels. */
  whenGuardDown: v.optional(v.picklist(['refuse', 'admit'])),
  /** Age at which a secret is due for rotation; null for never. Default: by kind, see `rotation/schedule.ts`. */
  rotateEveryDays: v.optional(v.nullable(seconds(1, 3_650))),
  /** How long the previous secret is accepted after a rotation. */
  rotationGraceSeconds: v.optional(seconds(0, 30 * 86_400), 86_400),
  /** How long a gateway may use a cached source while the registry is down. */
  maxStaleSeconds: v.optional(seconds(0, 86_400), 3_600),
  /** The webhook's id at the ESP. With it and the credential in `esp_api_token`, Postern sets new secrets there. */
  provisioner: v.optional(
    v.strictObject({
      webhookId: v.pipe(
        v.string(),
        v.regex(/^[A-Za-z0-9-]{1,64}$/, 'Must be an id of 1 to 64 letters, digits and hyphens.'),
      ),
      region: v.optional(v.picklist(['us', 'eu'])),
    }),
  ),
  /** Measures that Postern takes by itself when the watch finds something. Absent: it only advises. */
  containment: v.optional(ContainmentPolicySchema),
  /** Set by `npm run deploy` on the source of its test: the next run removes a source that has it. */
  deployCheck: v.optional(v.literal(true)),
  /** A source for drills: `postern drill` replaces its secrets by its own. */
  drill: v.optional(v.literal(true)),
  signature: v.optional(SignatureSchema),
  jwt: v.optional(
    v.strictObject({
      algorithms: v.optional(
        v.pipe(v.array(v.pipe(v.string(), v.maxLength(16))), v.minLength(1), v.maxLength(16)),
      ),
      issuer: v.optional(shortText),
      audience: v.optional(shortText),
      clockToleranceSeconds: v.optional(seconds(0, 300)),
    }),
  ),
})
export type SourceConfig = v.InferOutput<typeof SourceConfigSchema>

/** @param json of a SourceConfig */
export const savedConfig = savedSettings(SourceConfigSchema)

/** A whole document, as it is sent. The values of a secret slot depend on the provider, see `secrets/`. */
export const SourceDocumentSchema = v.strictObject({
  ...SourceConfigSchema.entries,
  level: v.pipe(
    v.optional(v.picklist(LEVELS)),
    v.description(
      'How many failed checks are tolerated: standard 2, enhanced 1, maximum 0. Without it: standard if the credentials cover ' +
        'the body, else enhanced.',
    ),
  ),
  requireSourceIp: v.pipe(
    v.optional(v.boolean()),
    v.description(
      'Whether a delivery that fails source_ip is refused, whatever the level tolerates. Default without a level: true ' +
        'if the credentials do not cover the body and the sender’s networks are known (published, or in allowedIps).',
    ),
  ),
  secrets: v.optional(v.record(v.string(), v.unknown()), {}),
})
