/** Rotates, activates and revokes versions of a source's secrets. No answer contains a value. */
import * as v from 'valibot'
import { toInstant } from '../../platform/time.ts'
import type { SecretResult } from '../../registry/rotation/contract.ts'
import { LINK_DEFAULT_SECONDS, LINK_MAX_SECONDS, LINK_MIN_SECONDS, newLink } from '../retrieval.ts'
import { notChanged } from './changes.ts'
import type { Problem } from './problem.ts'
import { type Answer, type Route, answer, param, route } from './route.ts'
import { UnreachedGuards, unreached } from './sources.ts'

const SecretAnswer = v.object({
  source: v.string(),
  slot: v.string(),
  version: v.pipe(v.nullable(v.number()), v.description('Null if all versions are revoked.')),
  state: v.nullable(v.picklist(['pending', 'active', 'retiring', 'revoked'])),
  link: v.pipe(
    v.nullable(v.object({ url: v.string(), ends_at: v.string() })),
    v.description(
      'Shows the generated value once, to the first person who opens it. The pending version then becomes active.',
    ),
  ),
  esp: v.pipe(
    v.nullable(v.object({ has_it: v.boolean(), problem: v.nullable(v.string()) })),
    v.description(
      'Only if Postern installs the secret at the ESP. Until the ESP has it, the old version stays active.',
    ),
  ),
  unreached_guards: UnreachedGuards,
})

const SLOT = {
  name: 'The name of the source, as in its URL.',
  slot: 'The slot of the secret, as in the source document.',
}
const VERSION = { ...SLOT, version: 'The number of the version.' }

const graceSeconds = v.optional(
  v.pipe(
    v.number(),
    v.integer(),
    v.minValue(0, 'Must be 0 or more.'),
    v.maxValue(30 * 86_400, 'Must be 30 days at most.'),
    v.description(
      'How long the old versions are still accepted, in seconds. Default: the setting of the source.',
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
  v.description('Do it even if the source could then verify no delivery. Needs a reason.'),
)

const CONFLICTS = ['would_strand', 'value_needed', 'too_many_versions'] as const

export const secrets: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/sources/{name}/secrets/{slot}/rotate',
    id: 'rotateSecret',
    summary: 'Generates or stores a new version of a secret. Old versions are accepted for the grace period.',
    role: 'operator',
    again: 'Creates another version; the first one retires.',
    params: SLOT,
    body: v.strictObject({
      value: v.pipe(v.optional(v.unknown()), v.description('The new value, if the ESP generated it.')),
      grace_seconds: graceSeconds,
      emergency: v.pipe(
        v.optional(v.boolean(), false),
        v.description('The secret has leaked: old versions are refused immediately. Needs a reason.'),
      ),
      force,
      link_seconds: linkSeconds,
    }),
    answer: SecretAnswer,
    problems: ['source_unknown', 'secret_unknown', 'document_invalid', ...CONFLICTS],
    isDangerous: ({ body }) => body.emergency || body.force,
    async handler({ params, body }, { registry, who, consoleUrl }) {
      const [name, slot] = [param(params, 'name'), param(params, 'slot')]
      const link = await newLink(consoleUrl, body.link_seconds)
      const request = {
        slot,
        value: body.value,
        graceSeconds: body.grace_seconds,
        emergency: body.emergency,
        force: body.force,
        hold: true,
        link: link.request,
      }
      return secretAnswer(await registry.rotate(name, request, who), slot, link.url)
    },
  }),
  route({
    method: 'POST',
    path: '/api/sources/{name}/secrets/{slot}/{version}/activate',
    id: 'activateSecret',
    summary: 'Makes a pending or retiring version the active one.',
    role: 'operator',
    again: 'Gives the same answer, since the version is already active.',
    params: VERSION,
    body: v.strictObject({ grace_seconds: graceSeconds }),
    answer: SecretAnswer,
    problems: ['source_unknown', 'secret_unknown', ...CONFLICTS],
    async handler({ params, body }, { registry, who }) {
      const [name, slot] = [param(params, 'name'), param(params, 'slot')]
      return secretAnswer(
        await registry.activate(name, slot, versionOf(params), body.grace_seconds, who),
        slot,
      )
    },
  }),
  route({
    method: 'POST',
    path: '/api/sources/{name}/secrets/{slot}/{version}/revoke',
    id: 'revokeSecret',
    summary: 'Revokes a version: deliveries signed with it are refused, and its value is deleted.',
    role: 'operator',
    again: 'Changes nothing: the version is revoked, and the answer is secret_unknown.',
    params: VERSION,
    body: v.strictObject({ force }),
    answer: SecretAnswer,
    problems: ['source_unknown', 'secret_unknown', ...CONFLICTS],
    isDangerous: ({ body }) => body.force,
    async handler({ params, body }, { registry, who }) {
      const [name, slot] = [param(params, 'name'), param(params, 'slot')]
      return secretAnswer(await registry.revoke(name, slot, versionOf(params), body.force, who), slot)
    },
  }),
  route({
    method: 'POST',
    path: '/api/sources/{name}/secrets/{slot}/{version}/link',
    id: 'linkSecret',
    summary:
      'Makes a new retrieval link for a generated value that is still pending. The previous link ends.',
    role: 'operator',
    again: 'Makes another link; the first one ends.',
    params: VERSION,
    body: v.strictObject({ link_seconds: linkSeconds }),
    answer: SecretAnswer,
    problems: ['source_unknown', 'secret_unknown'],
    async handler({ params, body }, { registry, who, consoleUrl }) {
      const [name, slot] = [param(params, 'name'), param(params, 'slot')]
      const link = await newLink(consoleUrl, body.link_seconds)
      return secretAnswer(
        await registry.link(name, slot, versionOf(params), link.request, who),
        slot,
        link.url,
      )
    },
  }),
]

/** No version has the number 0. */
function versionOf(params: Readonly<Record<string, string>>): number {
  const text = param(params, 'version')
  return /^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : 0
}

/** @param url of the retrieval link, if one was made */
function secretAnswer(
  done: SecretResult,
  slot: string,
  url = '',
): Answer<v.InferOutput<typeof SecretAnswer>> | Problem {
  if (!done.ok) return notChanged(done)
  const { source, version, link } = done
  const row = source.secrets.find((one) => one.slot === slot && one.version === version)
  const rotation = source.rotations.find((one) => one.slot === slot)
  return answer({
    source: source.name,
    slot,
    version,
    state: row?.state ?? null,
    link: link === null ? null : { url, ends_at: toInstant(link.endsAtMs) },
    esp:
      rotation?.installed === true
        ? { has_it: rotation.state !== 'installing', problem: rotation.problem }
        : null,
    unreached_guards: unreached(done.unreached),
  })
}
