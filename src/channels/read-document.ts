/** Checks a channel document as a whole: every problem at once, never a value. */
import * as v from 'valibot'
import { type DocumentProblem, parseDocument } from '../platform/document-problems.ts'
import { isObject } from '../platform/json.ts'
import { nameable } from '../platform/nameable.ts'
import { nearest } from '../platform/nearest.ts'
import { type DestinationRules, destinationUrlProblems } from '../platform/outbound-url.ts'
import { isStoredMarker } from '../platform/stored-marker.ts'
import { isPlaceholder } from '../platform/weak-secret.ts'
import type { SecretSlot } from './adapter.ts'
import { COMMON, type ChannelConfig, formOf } from './document.ts'
import { CHANNEL_KINDS, type ChannelKind, adapterOf, isChannelKind } from './index.ts'

export type ReadChannel =
  | {
      readonly ok: true
      readonly config: ChannelConfig
      /** Values that the document brings, by slot. */
      readonly secrets: Readonly<Record<string, string>>
      /** Slots whose stored values stay as they are. */
      readonly kept: ReadonlySet<string>
    }
  | { readonly ok: false; readonly problems: readonly DocumentProblem[] }

/** The channel so far. */
export interface ChannelBefore {
  readonly config: ChannelConfig
  /** Slots that hold a value. */
  readonly slots: ReadonlySet<string>
}

/**
 * A slot that the document does not name keeps what is stored, and so does `{"stored": true}`. If the kind or the URL's origin is
 * another one, nothing is kept: the new recipient must not get the secrets of the old one.
 */
export function readChannel(
  document: unknown,
  before: ChannelBefore | undefined,
  rules: DestinationRules,
): ReadChannel {
  const given = isObject(document) ? document : {}
  const { kind } = given
  if (!isChannelKind(kind)) return { ok: false, problems: problemsWithoutKind(document, kind) }
  const parsed = parseDocument(formOf(kind), document)
  const hasSameRecipient =
    before?.config.kind === kind && originOf(given['url']) === originOf(settingOf(before.config, 'url'))
  const stored = hasSameRecipient ? before.slots : new Set<string>()
  const secrets = readSecrets(kind, given['secrets'] ?? {}, stored, rules.allowPrivate)
  const problems = [
    ...(parsed.ok ? [] : parsed.problems),
    ...urlProblems(kind, given['url'], rules),
    ...quietProblems(given['quiet_hours']),
    ...secrets.problems,
  ]
  if (!parsed.ok || problems.length > 0) return { ok: false, problems }
  const { secrets: _secrets, ...config } = parsed.output
  return { ok: true, config, secrets: secrets.values, kept: secrets.kept }
}

/** Settings of one kind cannot be judged without it. */
function problemsWithoutKind(document: unknown, kind: unknown): DocumentProblem[] {
  if (!isObject(document)) return [{ path: '', problem: 'Must be an object.' }]
  const similar = typeof kind === 'string' ? nearest(kind, CHANNEL_KINDS) : undefined
  const hint = similar === undefined ? '' : ` Did you mean ${similar}?`
  const common = parseDocument(v.object(COMMON), document)
  return [
    { path: 'kind', problem: `Must be one of: ${CHANNEL_KINDS.join(', ')}.${hint}` },
    ...(common.ok ? [] : common.problems),
  ]
}

const settingOf = (config: object, name: string): unknown =>
  name in config ? (config as Record<string, unknown>)[name] : undefined

/** Scheme, host and port. A kind without a URL has none. */
const originOf = (url: unknown): string | undefined =>
  typeof url === 'string' && URL.canParse(url) ? new URL(url).origin : undefined

function urlProblems(kind: ChannelKind, url: unknown, rules: DestinationRules): DocumentProblem[] {
  if (typeof url !== 'string' || !Object.hasOwn(adapterOf(kind).entries, 'url')) return []
  return destinationUrlProblems(url, rules).map((problem) => ({ path: 'url', problem }))
}

function quietProblems(quiet: unknown): DocumentProblem[] {
  return isObject(quiet) && typeof quiet['from'] === 'string' && quiet['from'] === quiet['to']
    ? [{ path: 'quiet_hours.to', problem: 'Must be another time than from: a whole day is not quiet hours.' }]
    : []
}

interface ReadSecrets {
  readonly values: Readonly<Record<string, string>>
  readonly kept: ReadonlySet<string>
  readonly problems: readonly DocumentProblem[]
}

function readSecrets(
  kind: ChannelKind,
  secrets: unknown,
  stored: ReadonlySet<string>,
  allowPrivate: boolean,
): ReadSecrets {
  const slots = adapterOf(kind).secrets
  if (!isObject(secrets))
    return { values: {}, kept: stored, problems: [{ path: 'secrets', problem: 'Must be an object.' }] }
  const values: Record<string, string> = {}
  const problems: DocumentProblem[] = []
  for (const [slot, value] of Object.entries(secrets)) {
    const rule = Object.hasOwn(slots, slot) ? slots[slot] : undefined
    if (rule === undefined) {
      problems.push(unknownSlot(slot, Object.keys(slots)))
      continue
    }
    const problem = isStoredMarker(value)
      ? stored.has(slot)
        ? undefined
        : NOTHING_STORED
      : secretProblem(rule, value, allowPrivate)
    if (problem !== undefined) problems.push({ path: `secrets.${slot}`, problem })
    else if (typeof value === 'string') values[slot] = value
  }
  for (const [slot, { isRequired, description }] of Object.entries(slots))
    if (isRequired && !Object.hasOwn(secrets, slot) && !stored.has(slot))
      problems.push({ path: `secrets.${slot}`, problem: `Must be set. ${description}` })
  const kept = [...stored].filter((slot) => Object.hasOwn(slots, slot) && !Object.hasOwn(values, slot))
  return { values, kept: new Set(kept), problems }
}

const NOTHING_STORED = 'Nothing is stored in this slot for this kind and host: send a value.'

/** Longer than any URL or header that a slot takes. */
const VALUE_MAX_CHARACTERS = 2_048

function secretProblem(rule: SecretSlot, value: unknown, allowPrivate: boolean): string | undefined {
  if (typeof value !== 'string') return 'Must be text.'
  if (value.length > VALUE_MAX_CHARACTERS) return `Must have at most ${VALUE_MAX_CHARACTERS} characters.`
  return rule.problem(value, allowPrivate) ?? (isPlaceholder(value) ? PLACEHOLDER : undefined)
}

const PLACEHOLDER = 'Is a placeholder: put the real secret here.'

/** A name that no slot can have may be a misplaced secret, so it is not repeated. */
function unknownSlot(slot: string, known: readonly string[]): DocumentProblem {
  const similar = nearest(slot, known)
  const hint = similar === undefined ? '' : ` Did you mean ${similar}?`
  const allowed = known.length === 0 ? ' This kind has none.' : ` Allowed: ${known.join(', ')}.`
  const name = nameable(slot)
  return {
    path: name === '' ? 'secrets' : `secrets.${name}`,
    problem: `Such channels have no such secret.${hint}${allowed}`,
  }
}
