/** Checks a destination document as a whole: every problem at once, never a value. */
import { isObject } from '../../platform/json.ts'
import { filterProblems } from '../../event/filter/filter-problems.ts'
import { type DestinationRules, destinationUrlProblems } from '../../platform/outbound-url.ts'
import { isStoredMarker } from '../../platform/stored-marker.ts'
import { parseDocument } from '../../platform/document-problems.ts'
import { checkSlot } from '../secrets/index.ts'
import { slotPath } from '../secrets/stored.ts'
import type { DocumentProblem, Secret, Secrets } from '../sources/source.ts'
import { type DestinationConfig, DestinationFormSchema } from './document.ts'
import { readHeaders } from './headers.ts'
import { HEADERS_SLOT, SIGNING_SLOTS, isSigningSlot, unknownSlot } from './slots.ts'

export type ReadDestination =
  | {
      readonly ok: true
      readonly config: DestinationConfig
      /** Values that the document brings, and those of its headers. */
      readonly secrets: Secrets
      /** Slots whose stored versions stay as they are. */
      readonly kept: ReadonlySet<string>
    }
  | { readonly ok: false; readonly problems: readonly DocumentProblem[] }

/** The destination so far. */
export interface Before {
  readonly config: DestinationConfig
  readonly secrets: Secrets
}

/**
 * A slot that the document does not name keeps what is stored, and so does `{"stored": true}`. If the URL has another origin,
 * no secret is kept: the old recipient could forge deliveries to the new one with the secret that both know. Values of headers are
 * sent as they are, and a path of the same origin may echo them. So they are kept only if the whole URL stays the same.
 */
export async function readDestination(
  document: unknown,
  before: Before | undefined,
  policy: DestinationRules,
): Promise<ReadDestination> {
  const given: Readonly<Record<string, unknown>> = isObject(document) ? document : {}
  const parsed = parseDocument(DestinationFormSchema, document)
  const hasSameRecipient = before !== undefined && originOf(given['url']) === originOf(before.config.url)
  const stored = hasSameRecipient ? before.secrets : undefined
  const hasSameUrl = before !== undefined && addressOf(given['url']) === addressOf(before.config.url)
  const headers = readHeaders(
    given['headers'],
    before === undefined ? {} : hasSameUrl ? headersIn(before.secrets) : undefined,
  )
  const secrets = await readSecrets(given, stored)
  const url = readUrl(given, policy)
  const problems = [
    ...(parsed.ok ? [] : parsed.problems),
    ...url.problems,
    ...(given['filter'] === undefined ? [] : filterProblems(given['filter'], 'filter')),
    ...headers.problems,
    ...secrets.problems,
    ...startProblems(given, before?.config),
    ...orderProblems(given),
    ...formProblems(given, before?.config),
  ]
  if (!parsed.ok || problems.length > 0) return { ok: false, problems }
  const {
    secrets: _secrets,
    headers: _headers,
    filter: _filter,
    private_network: _private,
    ...rest
  } = parsed.output
  const { values } = headers
  const names = Object.keys(values)
  return {
    ok: true,
    config: {
      ...rest,
      ...(isObject(given['filter']) ? { filter: given['filter'] } : {}),
      headers: names,
      start: before?.config.start ?? rest.start,
      private_network: url.isPrivate,
      restored_at: before?.config.restored_at ?? null,
    },
    secrets: {
      ...secrets.values,
      ...(names.length === 0 ? {} : { [HEADERS_SLOT]: [{ kind: 'named-values', values }] }),
    },
    kept: new Set(secrets.kept.filter((slot) => slot !== 'signing_key' || rest.ed25519)),
  }
}

/** Scheme, host and port: who receives. A text that is no URL has none. */
const originOf = (url: unknown): string | undefined =>
  typeof url === 'string' && URL.canParse(url) ? new URL(url).origin : undefined

/** All of a URL that is sent, in one spelling. */
function addressOf(url: unknown): string | undefined {
  if (typeof url !== 'string' || !URL.canParse(url)) return undefined
  const { origin, pathname, search } = new URL(url)
  return `${origin}${pathname}${search}`
}

function readUrl({ url, private_network }: Readonly<Record<string, unknown>>, policy: DestinationRules) {
  const problemsOf = (allowPrivate: boolean): readonly string[] =>
    typeof url === 'string' ? destinationUrlProblems(url, { ...policy, allowPrivate }) : []
  const isPrivate = policy.allowPrivate && problemsOf(false).length > 0
  const problems = problemsOf(policy.allowPrivate).map((problem) => ({ path: 'url', problem }))
  if (private_network === true && !policy.allowPrivate)
    problems.push({ path: 'private_network', problem: PRIVATE })
  return { isPrivate, problems }
}

const PRIVATE =
  'Only a local installation (npm start) sends to private networks: give a public URL, and leave this out.'

function startProblems(
  { start }: Readonly<Record<string, unknown>>,
  before: DestinationConfig | undefined,
): DocumentProblem[] {
  return before === undefined || start === undefined || start === before.start
    ? []
    : [{ path: 'start', problem: 'Cannot be changed after the creation: replay earlier events instead.' }]
}

/** A batch holds events of many messages: if one failed, all of these would wait. */
const orderProblems = ({ ordered, batch }: Readonly<Record<string, unknown>>): DocumentProblem[] =>
  ordered === true && batch !== undefined
    ? [{ path: 'ordered', problem: 'Cannot be combined with batches: leave out one of both.' }]
    : []

/** A request is sent on whole, under the ESP's signature: there is nothing in it that could be chosen, left out or added. */
function formProblems(
  given: Readonly<Record<string, unknown>>,
  before: DestinationConfig | undefined,
): DocumentProblem[] {
  const { form = 'events', filter, batch, personal = 'full', tells_erasures: tells, start = 'now' } = given
  const { include_original: hasOriginal } = given
  if (before !== undefined && form !== before.form)
    return [{ path: 'form', problem: 'Cannot be changed after the creation: add another destination.' }]
  if (form !== 'original')
    return hasOriginal === true && personal !== 'full'
      ? [{ path: 'include_original', problem: 'Names people: it needs "personal": "full".' }]
      : []
  const chosen = isObject(filter) ? filter : {}
  return Object.entries({
    batch: batch !== undefined,
    personal: personal !== 'full',
    include_original: hasOriginal === true,
    tells_erasures: tells === true,
    start: start !== 'now',
    'filter.types': chosen['types'] !== undefined,
    'filter.where': chosen['where'] !== undefined,
  }).flatMap(([path, isGiven]) => (isGiven ? [{ path, problem: WHOLE }] : []))
}

const WHOLE = 'Cannot be combined with the form original, which sends whole requests: leave it out.'

interface ReadSecrets {
  readonly values: Readonly<Record<string, readonly Secret[]>>
  readonly kept: readonly string[]
  readonly problems: readonly DocumentProblem[]
}

async function readSecrets(
  { secrets = {}, ed25519 }: Readonly<Record<string, unknown>>,
  stored: Secrets | undefined,
): Promise<ReadSecrets> {
  if (!isObject(secrets))
    return { values: {}, kept: [], problems: [{ path: 'secrets', problem: 'Must be an object.' }] }
  const values: Record<string, readonly Secret[]> = {}
  const problems: DocumentProblem[] = []
  const hasStored = (slot: string) => stored !== undefined && Object.hasOwn(stored, slot)
  for (const [slot, value] of Object.entries(secrets)) {
    if (!isSigningSlot(slot)) problems.push(unknownSlot(slot))
    else if (slot === 'signing_key' && ed25519 !== true)
      problems.push({ path: slotPath(slot), problem: 'Is used with "ed25519": true only.' })
    else if (isStoredMarker(value)) {
      if (!hasStored(slot)) problems.push({ path: slotPath(slot), problem: NOTHING_STORED })
    } else {
      const checked = await checkSlot(slot, SIGNING_SLOTS[slot].check, value)
      problems.push(...checked.problems)
      values[slot] = checked.secrets
    }
  }
  const kept = Object.keys(SIGNING_SLOTS).filter((slot) => hasStored(slot) && !Object.hasOwn(values, slot))
  return { values, kept, problems }
}

const NOTHING_STORED =
  'Nothing is stored in this slot for the host of this URL: send a value, or leave the slot out for a new one.'

function headersIn(stored: Secrets): Readonly<Record<string, string>> {
  const [secret] = stored[HEADERS_SLOT] ?? []
  return secret?.kind === 'named-values' ? secret.values : {}
}
