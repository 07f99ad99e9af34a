/** The source document, as an operator sends it to `/api/sources/<name>`. Reading it returns everything but the secrets. */
import * as v from 'valibot'
import { setting, settingsIn } from '../../platform/settings.ts'
import { RESOURCE_NAME } from '../../platform/resource-name.ts'
import { LEVELS } from '../../event/decision.ts'
import { savedSettings } from '../owners/saved-settings.ts'
import { ContainmentPolicySchema } from '../containment/policy.ts'
import { SuppressionSyncSchema } from './suppression-sync.ts'

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

/** Settings of one sort stand together in the form. */
const STRICT = { group: 'How strict' }
const ORIGIN = { group: 'Where it may come from' }
const LIMIT = { group: 'Limits' }
const DOWN = { group: 'When something is down' }
const ROTATION = { group: 'Rotation of secrets' }
const CHANGE = { group: 'Before a change' }
const SIGNED = { group: 'Signature of another form' }
const CLAIM = { group: 'Claims of a token' }
const AT_ESP = { group: 'The API of the ESP' }
const placeAtEsp = v.optional(
  v.pipe(
    v.string(),
    v.regex(/^[A-Za-z0-9._-]{1,255}$/, 'Must be letters, digits, dots, hyphens and underscores.'),
  ),
)

const template = v.pipe(
  v.string(),
  v.maxLength(256),
  v.check((text) => text.includes('{body}'), 'Must contain {body}.'),
)

export const SignatureSchema = v.strictObject({
  algorithm: setting(
    v.picklist(SIGNATURE_ALGORITHMS),
    'Algorithm',
    'With this group: how a sender of another form signs.',
    { ...SIGNED, unset: 'the form of Postern' },
  ),
  header: setting(headerName, 'Header of the signature', 'The header that has the signature.', SIGNED),
  prefix: setting(
    v.optional(v.pipe(v.string(), v.maxLength(64))),
    'Text before the signature',
    'What stands before the signature, such as sha256=.',
    SIGNED,
  ),
  encoding: setting(
    v.picklist(['hex', 'base64', 'base64url']),
    'Encoding',
    'How the signature is written.',
    SIGNED,
  ),
  format: setting(
    v.optional(v.picklist(['der', 'p1363'])),
    'Form of an ECDSA signature',
    'How an ECDSA signature is written.',
    SIGNED,
  ),
  signed: setting(
    template,
    'Signed text',
    'A template of {body}, {timestamp}, {id}, {url} and fixed text.',
    SIGNED,
  ),
  timestampHeader: setting(
    v.optional(headerName),
    'Header of the time',
    'The header of the time, if the template names {timestamp}.',
    SIGNED,
  ),
  idHeader: setting(
    v.optional(headerName),
    'Header of the id',
    'The header of the id, if the template names {id}.',
    SIGNED,
  ),
})

/** All settings of a source except its secrets, with their defaults. Times in seconds, sizes in bytes. */
export const SourceConfigSchema = v.strictObject({
  provider: setting(
    v.pipe(v.string(), v.maxLength(64)),
    'Provider',
    'The ESP that sends, such as sendgrid or generic.',
  ),
  auth: v.optional(
    v.strictObject({
      require: setting(
        v.optional(v.picklist(['any', 'all']), 'any'),
        'Methods that must fit',
        'any: one of the methods is enough. all: each must fit.',
        STRICT,
      ),
      methods: setting(
        v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(64))), v.minLength(1), v.maxLength(8))),
        'Methods that count',
        'Names of auth methods, such as signature or basic.',
        { ...STRICT, unset: 'each for which there is a secret' },
      ),
    }),
    {},
  ),
  level: v.optional(v.picklist(LEVELS), 'standard'),
  allowedIps: setting(
    v.optional(listOf(network)),
    'Networks',
    'Only from these networks: CIDR, IPv4 and IPv6.',
    { ...ORIGIN, unset: 'those that the ESP publishes, if it does, else any' },
  ),
  blockedIps: setting(
    v.optional(listOf(network)),
    'Blocked networks',
    'Nothing from these networks: CIDR, IPv4 and IPv6.',
    ORIGIN,
  ),
  allowedCountries: setting(
    v.optional(listOf(country)),
    'Countries',
    'Only from these countries: two letters each, as the edge of Cloudflare reports them.',
    { ...ORIGIN, unset: 'any' },
  ),
  blockedCountries: setting(
    v.optional(listOf(country)),
    'Blocked countries',
    'Nothing from these countries: two letters each.',
    ORIGIN,
  ),
  allowedAsns: setting(
    v.optional(listOf(asn)),
    'Autonomous systems',
    'Only from these systems: numbers, as the edge of Cloudflare reports them.',
    { ...ORIGIN, unset: 'any' },
  ),
  blockedAsns: setting(
    v.optional(listOf(asn)),
    'Blocked autonomous systems',
    'Nothing from these systems: numbers.',
    ORIGIN,
  ),
  ratePerMinute: setting(
    v.optional(seconds(1, 1_000_000), 6_000),
    'Deliveries a minute',
    'Accepted deliveries in any sixty seconds.',
    LIMIT,
  ),
  replayWindowSeconds: setting(
    v.optional(seconds(30, 7 * 86_400)),
    'Replay window',
    'How old a signature may be.',
    { ...LIMIT, unset: 'the retry span of the ESP' },
  ),
  observe: setting(
    v.optional(v.boolean(), false),
    'Only observe',
    'Whether deliveries are judged, counted and answered, and none of their events is stored. Destinations of the form original get the requests.',
    CHANGE,
  ),
  requireSourceIp: v.optional(v.boolean(), false),
  requireTls: setting(
    v.optional(v.boolean(), true),
    'Refuse what comes without TLS',
    'Whether a delivery without TLS is refused.',
    STRICT,
  ),
  minimumTls: setting(
    v.optional(v.picklist(['1.2', '1.3']), '1.2'),
    'Lowest version of TLS',
    'Deliveries by an older version are refused.',
    STRICT,
  ),
  /** Stored and shown masked, see `public-url.ts`. */
  publicUrl: setting(
    v.optional(absoluteUrl),
    'URL at the ESP',
    'Needed if the ESP signs the URL and a proxy changes it.',
    { ...LIMIT, unset: 'the requested URL' },
  ),
  maxBodyBytes: setting(
    v.optional(seconds(1_024, 10 * 1_048_576)),
    'Largest body, in bytes',
    'A larger body is refused.',
    { ...LIMIT, unset: '1 MiB, or what full batches of the ESP need (Klaviyo 8 MiB, Salesforce 4 MiB)' },
  ),
  guardShards: setting(
    v.optional(seconds(1, 64), 1),
    'Guards',
    'Objects among which the quota is divided: more than 1 for a source past some 300 deliveries a second.',
    DOWN,
  ),
  guardStore: setting(
    v.optional(v.picklist(['object', 'redis']), 'object'),
    'Store of claims and quota',
    'object: a Durable Object, with Redis as failover if that is set up. redis: Redis alone.',
    DOWN,
  ),
  whenGuardDown: setting(
    v.optional(v.picklist(['refuse', 'admit'])),
    'If no guard answers',
    'If no store answers. admit: accept up to ratePerMinute for each isolate, copies of other isolates too. refuse: answer 503.',
    { ...DOWN, unset: 'refuse at level maximum, else admit' },
  ),
  rotateEveryDays: setting(
    v.optional(v.nullable(seconds(1, 3_650))),
    'Every how many days',
    'Age at which a secret is due for rotation: a number, or never.',
    { ...ROTATION, unset: '30 for passwords, keys and tokens that every delivery carries, else never' },
  ),
  rotationGraceSeconds: setting(
    v.optional(seconds(0, 30 * 86_400), 86_400),
    'Grace',
    'How long the old secret is accepted beside the new one.',
    ROTATION,
  ),
  originalDays: setting(
    v.optional(seconds(0, 9_999), 30),
    'Days of originals',
    'For how many days the own words of the ESP are kept with each event, and never for longer than the event. 0: not at all.',
    LIMIT,
  ),
  maxStaleSeconds: setting(
    v.optional(seconds(0, 86_400), 3_600),
    'Age of cached settings',
    'How long cached settings may serve while the registry is down.',
    DOWN,
  ),
  provisioner: v.optional(
    v.strictObject({
      webhookId: setting(
        v.optional(
          v.pipe(
            v.string(),
            v.regex(/^[A-Za-z0-9-]{1,64}$/, 'Must be an id of 1 to 64 letters, digits and hyphens.'),
          ),
        ),
        'Id of the webhook there',
        'With it and the credential in esp_api_token, Postern sets new secrets there.',
        { ...AT_ESP, unset: 'an operator enters new secrets' },
      ),
      region: setting(
        v.optional(
          v.pipe(
            v.string(),
            v.regex(/^[a-z]{2,4}(?:-[a-z0-9-]{1,20})?$/, 'Must be a region such as us, eu or eu-west-1.'),
          ),
        ),
        'Region',
        'Where the account is, as the ESP calls it: us, eu, eu-west-1.',
        AT_ESP,
      ),
      domain: setting(
        placeAtEsp,
        'Sending domain',
        'Mailgun: the domain whose events and lists are asked for.',
        AT_ESP,
      ),
      configurationSet: setting(
        placeAtEsp,
        'Configuration set',
        'Amazon SES: the set that sends events to the topic.',
        AT_ESP,
      ),
      stream: setting(
        placeAtEsp,
        'Message stream',
        'Postmark: the stream of the webhook, such as outbound.',
        AT_ESP,
      ),
      list: setting(placeAtEsp, 'Audience there', 'Mailchimp Marketing: the id of the audience.', AT_ESP),
    }),
  ),
  suppressionSync: v.optional(SuppressionSyncSchema),
  /** Measures that Postern takes by itself when the watch finds something. Absent: it only advises. */
  containment: v.optional(ContainmentPolicySchema),
  /** Set by `npm run deploy` on the source of its test: the next run removes a source that has it. */
  deployCheck: v.optional(v.literal(true)),
  /** A source for drills: `postern drill` replaces its secrets by its own. */
  drill: v.optional(v.literal(true)),
  signature: v.optional(SignatureSchema),
  jwt: v.optional(
    v.strictObject({
      algorithms: setting(
        v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(16))), v.minLength(1), v.maxLength(16))),
        'Algorithms',
        'Algorithms that are accepted, by names such as RS256.',
        { ...CLAIM, unset: 'all that are safe' },
      ),
      issuer: setting(v.optional(shortText), 'Issuer', 'The claim iss of a token.', CLAIM),
      audience: setting(v.optional(shortText), 'Audience', 'The claim aud of a token.', CLAIM),
      clockToleranceSeconds: setting(
        v.optional(seconds(0, 300)),
        'Tolerance of clocks',
        'How far the clock of the issuer may differ.',
        CLAIM,
      ),
    }),
  ),
})
export type SourceConfig = v.InferOutput<typeof SourceConfigSchema>

/** @param json of a SourceConfig */
export const savedConfig = savedSettings(SourceConfigSchema)

/** A whole document, as it is sent. The values of a secret slot depend on the provider, see `secrets/`. */
export const SourceDocumentSchema = v.strictObject({
  ...SourceConfigSchema.entries,
  level: setting(
    v.optional(v.picklist(LEVELS)),
    'Level',
    'How many failed checks are tolerated: standard 2, enhanced 1, maximum 0. Rate and replay must always pass.',
    { ...STRICT, unset: 'standard if the credentials cover the body, else enhanced' },
  ),
  requireSourceIp: setting(
    v.optional(v.boolean()),
    'At every level, refuse deliveries from outside the networks',
    'Whether a delivery that fails source_ip is refused, whatever the level tolerates.',
    {
      ...STRICT,
      unset:
        'true if no level is named, the credentials do not cover the body and the sender’s networks are known (published, or in allowedIps)',
    },
  ),
  secrets: v.optional(v.record(v.string(), v.unknown()), {}),
})

/** Settings that a person can set. */
export const SOURCE_SETTINGS = settingsIn(SourceDocumentSchema.entries)
