/** The destination document, as an operator sends it to `/api/destinations/<name>`. Names are those of the outside. */
import * as v from 'valibot'
import { FilterSchema } from '../../event/filter/filter.ts'
import type { EventType } from '../../event/mail-event.ts'
import { isObject } from '../../platform/json.ts'
import { setting, settingsIn } from '../../platform/settings.ts'
import { savedSettings } from '../owners/saved-settings.ts'
import { rfc3339Ms } from '../../platform/time.ts'

const whole = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))

/** How much of a person an event for this destination says. */
export const PERSONAL = ['full', 'pseudonym', 'none'] as const

/** Forms of a request to the endpoint. */
const FORMS = ['events', 'original'] as const

const START = 'Must be now, oldest or a time such as 2026-11-27T10:00:00Z.'

/** Settings of one sort stand together in the form. */
const SENT = { group: 'What is sent' }
const SPEED = { group: 'How fast' }

const start = v.pipe(
  v.string(),
  v.check((text) => text === 'now' || text === 'oldest' || rfc3339Ms(text) !== undefined, START),
)
const HOW_MUCH = {
  full: 'everything',
  pseudonym: 'a keyed hash in place of the address',
  none: 'nothing that names a person',
}

const FORM_WORDS = { events: 'events of Postern', original: 'the request of the ESP, as it came' }

const SETTINGS = {
  url: setting(
    v.pipe(v.string(), v.maxLength(2_048)),
    'URL',
    'Where events are posted to: https, on the public internet. Operators see it, so put credentials into headers.',
    { flag: 'endpoint' },
  ),
  form: setting(
    v.optional(v.picklist(FORMS), 'events'),
    'Form',
    'events: events as Postern names them. original: each accepted request of the ESP as it came, with its signature. It cannot be changed later.',
    { ...SENT, values: FORM_WORDS },
  ),
  batch: v.optional(
    v.strictObject({
      max_events: setting(
        v.optional(whole(1, 1_000), 100),
        'Events in a request',
        'With this, a request has a list of events, up to so many.',
        { ...SENT, unset: 'one' },
      ),
      max_wait_seconds: setting(
        v.optional(whole(0, 300), 5),
        'Longest wait for a full batch',
        'How long a batch waits for more events.',
        SENT,
      ),
    }),
  ),
  personal: setting(
    v.optional(v.picklist(PERSONAL), 'full'),
    'Personal data',
    'What the endpoint gets of a person. pseudonym: a keyed hash in place of the address. none: nothing that names a person.',
    { ...SENT, values: HOW_MUCH },
  ),
  include_original: setting(
    v.optional(v.boolean(), false),
    'With the ESP’s own item',
    'Whether each event has the field original: the item of the ESP, which may name anybody, or null if none is kept. Only with personal: full.',
    SENT,
  ),
  rate_per_second: setting(
    v.optional(v.pipe(v.number(), v.minValue(0.01), v.maxValue(10_000))),
    'Requests a second',
    'At most so many requests.',
    { ...SPEED, unset: 'no limit' },
  ),
  // An invocation has six connections that wait for headers; a seventh waits or is canceled (cloudflare/workerd#4471, 2025).
  concurrency: setting(
    v.optional(whole(1, 6), 4),
    'Requests at the same time',
    'How many requests at once. Cloudflare opens no more than six connections.',
    SPEED,
  ),
  ordered: setting(
    v.optional(v.boolean(), false),
    'One after the other for the same message and recipient',
    'Whether events of one message and recipient arrive one after the other. If one fails, later ones wait behind it. Not together with batches.',
    SENT,
  ),
  timeout_seconds: setting(
    v.optional(whole(1, 30), 15),
    'Longest answer',
    'How long the endpoint may take.',
    SPEED,
  ),
  paused: setting(v.optional(v.boolean(), false), 'Paused', 'Whether nothing is sent until it is resumed.'),
  paused_until: setting(
    v.optional(
      v.nullable(
        v.pipe(
          v.string(),
          v.check((text) => rfc3339Ms(text) !== undefined, 'Must be a time such as 2026-11-27T10:00:00Z.'),
        ),
      ),
      null,
    ),
    'Paused until',
    'When a pause ends by itself; null if it lasts until it is resumed.',
  ),
  ed25519: setting(
    v.optional(v.boolean(), false),
    'Sign with Ed25519 as well',
    'Whether deliveries have an Ed25519 signature (v1a) as well. The receiver checks it with a public key, and holds nothing that could sign.',
    { group: 'Proof' },
  ),
  start: setting(
    v.optional(start, 'now'),
    'Begin with',
    'The first event of a new destination: now, oldest or a time. It cannot be changed later.',
  ),
  tells_erasures: setting(
    v.optional(v.boolean(), false),
    'Tell it of each person who is erased',
    'Whether it gets the event person.erased for each erased person. Cannot be combined with personal: none.',
    SENT,
  ),
  private_network: setting(
    v.optional(v.boolean(), false),
    'Private network',
    'Whether the URL is in a private network, which only a local installation allows.',
  ),
}

/** Settings that a person can set. */
export const DESTINATION_SETTINGS = settingsIn({ ...SETTINGS, filter: FilterSchema })

type Plain = null | boolean | number | string
type Shallow = Plain | Plain[] | Record<string, Plain | Plain[]>

/** A saved filter. `where` is deeper JSON than its type says: the types of a call must be finite. */
export interface SavedFilter {
  types?: EventType[]
  sources?: string[]
  where?: Record<string, Shallow>
}

/** All settings except secrets and values of headers, with their defaults. */
export const DestinationConfigSchema = v.strictObject({
  ...SETTINGS,
  filter: v.optional(v.custom<SavedFilter>(isObject)),
  /** Names of the headers, in lower case, sorted. Their values are sealed. */
  headers: v.optional(v.array(v.string()), []),
  restored_at: v.pipe(
    v.optional(v.nullable(v.string()), null),
    v.description('When a restore brought it back: it began there, and not at start. Null if none did.'),
  ),
})
export type DestinationConfig = v.InferOutput<typeof DestinationConfigSchema>

/** Whether nothing is sent at a time. A pause that has an end is over by itself then. */
export const isPausedAt = (
  { paused, paused_until: until }: Pick<DestinationConfig, 'paused' | 'paused_until'>,
  nowMs: number,
): boolean => paused && (until === null || nowMs < Date.parse(until))

/** The pause as it stands at a time: of one that is over nothing is left. */
export const pauseAt = (
  config: Pick<DestinationConfig, 'paused' | 'paused_until'>,
  nowMs: number,
): Pick<DestinationConfig, 'paused' | 'paused_until'> =>
  isPausedAt(config, nowMs)
    ? { paused: true, paused_until: config.paused_until }
    : { paused: false, paused_until: null }

/** Sources of which it gets the requests as they come. */
export const forwardedSources = ({ form, filter }: DestinationConfig): readonly string[] | 'all' =>
  form === 'original' ? (filter?.sources ?? 'all') : []

/** @param json of a DestinationConfig */
export const savedDestination = savedSettings(DestinationConfigSchema)

/** The form of a document. What is `unknown` here is checked on its own, see `read-document.ts`. */
export const DestinationFormSchema = v.strictObject({
  ...SETTINGS,
  filter: v.optional(v.unknown()),
  headers: v.optional(v.unknown()),
  secrets: v.optional(v.unknown()),
})

const stored = v.strictObject({ stored: v.literal(true) })

/** A whole document, for readers. */
export const DestinationDocumentSchema = v.strictObject({
  ...SETTINGS,
  filter: v.optional(FilterSchema),
  headers: v.pipe(
    v.optional(v.record(v.string(), v.union([v.string(), v.null(), stored])), {}),
    v.description('Sent with each delivery. null or {"stored": true} keeps the stored value of a name.'),
  ),
  secrets: v.pipe(
    v.optional(
      v.strictObject({ signing_secret: v.optional(v.unknown()), signing_key: v.optional(v.unknown()) }),
      {},
    ),
    v.description(
      'signing_secret: whsec_ and base64. signing_key, with ed25519: whsk_ and base64. What is absent stays as it is; a new ' +
        'destination gets new ones.',
    ),
  ),
})
