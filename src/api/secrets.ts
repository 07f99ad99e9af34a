/** The routes about versions of secrets, the same for sources and destinations. No answer contains a value. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { type Schema, route } from './route.ts'
import { UnreachedGuardsSchema } from './sources.ts'

export const LINK_DEFAULT_SECONDS = 24 * 3_600
const LINK_MIN_SECONDS = 60
const LINK_MAX_SECONDS = 7 * 24 * 3_600

/** Fields that every answer has about the version that was created or changed. */
const changed = {
  slot: v.string(),
  version: described(v.nullable(v.number()), 'Null if all versions are revoked.'),
  state: v.nullable(v.picklist(['pending', 'active', 'retiring', 'revoked'])),
  link: described(
    v.nullable(v.object({ url: v.string(), ends_at: v.string() })),
    'Shows the generated value once, to the first person who opens it. The pending version then becomes active.',
  ),
}

const graceSeconds = v.optional(
  v.pipe(
    v.number(),
    v.integer(),
    v.minValue(0, 'Must be 0 or more.'),
    v.maxValue(30 * 86_400, 'Must be 30 days at most.'),
    v.description(
      'How long the old versions live on, in seconds. Default: the setting of the source; for destinations, a day. A generated value that waits to be fetched takes the default.',
    ),
  ),
)
const linkSeconds = described(
  v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(LINK_MIN_SECONDS, `Must be ${LINK_MIN_SECONDS} or more.`),
      v.maxValue(LINK_MAX_SECONDS, `Must be ${LINK_MAX_SECONDS} or less.`),
    ),
    LINK_DEFAULT_SECONDS,
  ),
  'How long the retrieval link works, in seconds.',
)
const force = described(
  v.optional(v.boolean(), false),
  'Do it even if the source could then verify no delivery, or with a value that was revoked here as leaked. A destination always keeps a secret to sign with. Needs a reason.',
)

const CONFLICTS = ['would_strand', 'value_needed', 'too_many_versions'] as const

/** The four routes of one noun. */
function routesOf<Answer extends Schema>(
  noun: 'source' | 'destination',
  answer: Answer,
  revokeSummary: string,
) {
  const unknown = `${noun}_unknown` as const
  const params = {
    name: `The name of the ${noun}, as in its URL.`,
    slot: `The slot of the secret, as in the ${noun} document.`,
  }
  const ofVersion = { ...params, version: 'The number of the version.' }
  const base = `/api/${noun}s/{name}/secrets/{slot}` as const
  return {
    rotate: route('POST', `${base}/rotate`, 'operator', {
      answer,
      summary: 'Generates or stores a new version of a secret. Old versions live on for the grace period.',
      again: 'Creates another version; the first one retires.',
      params,
      body: v.strictObject({
        value: described(
          v.optional(v.unknown()),
          'The new value, if Postern does not generate it. Which rights a key for esp_api_token needs, and whether it can also send mail: api_key in /api/providers.',
        ),
        grace_seconds: graceSeconds,
        emergency: described(
          v.optional(v.boolean(), false),
          'The secret has leaked: old versions end immediately. Needs a reason.',
        ),
        force,
        link_seconds: linkSeconds,
      }),
      example: { grace_seconds: 86_400 },
      conditional: true,
      problems: [unknown, 'secret_unknown', 'document_invalid', ...CONFLICTS],
      isDangerous: ({ body }) => body.emergency || body.force,
    }),
    activate: route('POST', `${base}/{version}/activate`, 'operator', {
      answer,
      summary: 'Makes a pending or retiring version the active one.',
      again: 'Gives the same answer, since the version is already active.',
      params: ofVersion,
      body: v.strictObject({ grace_seconds: graceSeconds }),
      example: { grace_seconds: 86_400 },
      problems: [unknown, 'secret_unknown', ...CONFLICTS],
    }),
    revoke: route('POST', `${base}/{version}/revoke`, 'operator', {
      answer,
      summary: revokeSummary,
      again: 'Changes nothing: the version is revoked, and the answer is secret_unknown.',
      params: ofVersion,
      body: v.strictObject({ force }),
      example: { force: false },
      problems: [unknown, 'secret_unknown', ...CONFLICTS],
      isDangerous: ({ body }) => body.force,
    }),
    link: route('POST', `${base}/{version}/link`, 'operator', {
      answer,
      summary:
        'Makes a new retrieval link for a generated value that is still pending. The previous link ends.',
      again: 'Makes another link; the first one ends.',
      params: ofVersion,
      body: v.strictObject({ link_seconds: linkSeconds }),
      example: { link_seconds: 3_600 },
      problems: [unknown, 'secret_unknown'],
    }),
  }
}

export const sourceSecretRoutes = routesOf(
  'source',
  v.object({
    source: v.string(),
    ...changed,
    esp: described(
      v.nullable(v.object({ has_it: v.boolean(), problem: v.nullable(v.string()) })),
      'Only if Postern installs the secret at the ESP. Until the ESP has it, the old version stays active.',
    ),
    unreached_guards: UnreachedGuardsSchema,
  }),
  'Revokes a version: deliveries signed with it are refused, and its value is deleted.',
)

export const destinationSecretRoutes = routesOf(
  'destination',
  v.object({ destination: v.string(), ...changed }),
  'Revokes a version: it signs no delivery any more, and its value is deleted.',
)
