/** The routes about versions of secrets, the same for sources and destinations. No answer contains a value. */
import * as v from 'valibot'
import { toInstant } from '../../platform/time.ts'
import type { SecretRequest } from '../../registry/rotation/contract.ts'
import type { SecretState, SecretVersion } from '../../registry/rotation/secret-version.ts'
import type { NotChanged } from '../../registry/sources/source.ts'
import type { RequestContext } from '../request-context.ts'
import { LINK_DEFAULT_SECONDS, LINK_MAX_SECONDS, LINK_MIN_SECONDS, newLink } from '../retrieval.ts'
import { type OwnerNoun, notChanged } from './changes.ts'
import type { Problem } from './problem.ts'
import { type Answer, type Route, answer, param, route } from './route.ts'

/** Fields that every answer has about the version that was created or changed. */
export const SECRET_FACTS = {
  slot: v.string(),
  version: v.pipe(v.nullable(v.number()), v.description('Null if all versions are revoked.')),
  state: v.nullable(v.picklist(['pending', 'active', 'retiring', 'revoked'])),
  link: v.pipe(
    v.nullable(v.object({ url: v.string(), ends_at: v.string() })),
    v.description(
      'Shows the generated value once, to the first person who opens it. The pending version then becomes active.',
    ),
  ),
}

interface SecretFacts {
  readonly slot: string
  readonly version: number | null
  readonly state: SecretState | null
  readonly link: { url: string; ends_at: string } | null
}

/** A change of a secret, with the versions of its owner after it. */
interface Done {
  readonly ok: true
  readonly version: number | null
  readonly link: { readonly endsAtMs: number } | null
  readonly secrets: readonly SecretVersion[]
}

/** Whose secrets the routes are about. */
export interface SecretOwner<Changed extends Done, Json> {
  readonly noun: OwnerNoun
  readonly base: `/api/${string}/{name}`
  /** The name of an operation: `rotateSecret`. */
  readonly idOf: (verb: string) => string
  readonly revokeSummary: string
  readonly answer: v.GenericSchema<unknown, Json>
  readonly change: (
    context: RequestContext,
    name: string,
    request: SecretRequest,
  ) => Promise<Changed | NotChanged>
  readonly answerOf: (done: Changed, facts: SecretFacts) => Json
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
const linkSeconds = v.pipe(
  v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(LINK_MIN_SECONDS, `Must be ${LINK_MIN_SECONDS} or more.`),
      v.maxValue(LINK_MAX_SECONDS, `Must be ${LINK_MAX_SECONDS} or less.`),
    ),
    LINK_DEFAULT_SECONDS,
  ),
  v.description('How long the retrieval link works, in seconds.'),
)
const force = v.pipe(
  v.optional(v.boolean(), false),
  v.description(
    'Do it even if the source could then verify no delivery, or with a value that was revoked here as leaked. A destination always keeps a secret to sign with. Needs a reason.',
  ),
)

const CONFLICTS = ['would_strand', 'value_needed', 'too_many_versions'] as const

export function secretRoutes<Changed extends Done, Json>(
  owner: SecretOwner<Changed, Json>,
): readonly Route[] {
  const { noun, base, idOf } = owner
  const unknown = `${noun}_unknown` as const
  const slotParams = {
    name: `The name of the ${noun}, as in its URL.`,
    slot: `The slot of the secret, as in the ${noun} document.`,
  }
  const versionParams = { ...slotParams, version: 'The number of the version.' }

  /** @param url of the retrieval link, if one was made */
  function secretAnswer(done: Changed | NotChanged, slot: string, url = ''): Answer<Json> | Problem {
    if (!done.ok) return notChanged(done, noun)
    const { version, link } = done
    const row = done.secrets.find((one) => one.slot === slot && one.version === version)
    return answer(
      owner.answerOf(done, {
        slot,
        version,
        state: row?.state ?? null,
        link: link === null ? null : { url, ends_at: toInstant(link.endsAtMs) },
      }),
    )
  }

  return [
    route({
      method: 'POST',
      path: `${base}/secrets/{slot}/rotate`,
      id: idOf('rotate'),
      summary: 'Generates or stores a new version of a secret. Old versions live on for the grace period.',
      role: 'operator',
      again: 'Creates another version; the first one retires.',
      params: slotParams,
      body: v.strictObject({
        value: v.pipe(
          v.optional(v.unknown()),
          v.description('The new value, if Postern does not generate it.'),
        ),
        grace_seconds: graceSeconds,
        emergency: v.pipe(
          v.optional(v.boolean(), false),
          v.description('The secret has leaked: old versions end immediately. Needs a reason.'),
        ),
        force,
        link_seconds: linkSeconds,
      }),
      answer: owner.answer,
      problems: [unknown, 'secret_unknown', 'document_invalid', ...CONFLICTS],
      isDangerous: ({ body }) => body.emergency || body.force,
      async handler({ params, body }, context) {
        const [name, slot] = [param(params, 'name'), param(params, 'slot')]
        const link = await newLink(context.consoleUrl, body.link_seconds)
        const request = {
          kind: 'rotate' as const,
          slot,
          value: body.value,
          graceSeconds: body.grace_seconds,
          emergency: body.emergency,
          force: body.force,
          hold: true,
          link: link.request,
        }
        return secretAnswer(await owner.change(context, name, request), slot, link.url)
      },
    }),
    route({
      method: 'POST',
      path: `${base}/secrets/{slot}/{version}/activate`,
      id: idOf('activate'),
      summary: 'Makes a pending or retiring version the active one.',
      role: 'operator',
      again: 'Gives the same answer, since the version is already active.',
      params: versionParams,
      body: v.strictObject({ grace_seconds: graceSeconds }),
      answer: owner.answer,
      problems: [unknown, 'secret_unknown', ...CONFLICTS],
      async handler({ params, body }, context) {
        const [name, slot] = [param(params, 'name'), param(params, 'slot')]
        const version = versionOf(params)
        const request = { kind: 'activate' as const, slot, version, graceSeconds: body.grace_seconds }
        return secretAnswer(await owner.change(context, name, request), slot)
      },
    }),
    route({
      method: 'POST',
      path: `${base}/secrets/{slot}/{version}/revoke`,
      id: idOf('revoke'),
      summary: owner.revokeSummary,
      role: 'operator',
      again: 'Changes nothing: the version is revoked, and the answer is secret_unknown.',
      params: versionParams,
      body: v.strictObject({ force }),
      answer: owner.answer,
      problems: [unknown, 'secret_unknown', ...CONFLICTS],
      isDangerous: ({ body }) => body.force,
      async handler({ params, body }, context) {
        const [name, slot] = [param(params, 'name'), param(params, 'slot')]
        const request = { kind: 'revoke' as const, slot, version: versionOf(params), force: body.force }
        return secretAnswer(await owner.change(context, name, request), slot)
      },
    }),
    route({
      method: 'POST',
      path: `${base}/secrets/{slot}/{version}/link`,
      id: idOf('link'),
      summary:
        'Makes a new retrieval link for a generated value that is still pending. The previous link ends.',
      role: 'operator',
      again: 'Makes another link; the first one ends.',
      params: versionParams,
      body: v.strictObject({ link_seconds: linkSeconds }),
      answer: owner.answer,
      problems: [unknown, 'secret_unknown'],
      async handler({ params, body }, context) {
        const [name, slot] = [param(params, 'name'), param(params, 'slot')]
        const link = await newLink(context.consoleUrl, body.link_seconds)
        const request = { kind: 'link' as const, slot, version: versionOf(params), link: link.request }
        return secretAnswer(await owner.change(context, name, request), slot, link.url)
      },
    }),
  ]
}

/** No version has the number 0. */
function versionOf(params: Readonly<Record<string, string>>): number {
  const text = param(params, 'version')
  return /^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : 0
}
