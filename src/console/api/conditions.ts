/** Conditional requests (RFC 9110 section 13) for resources with a version, so that no client overwrites another's change. */
import { type Problem, problem } from '../../api/problem.ts'

interface EntityTag {
  readonly weak: boolean
  /** The text between the quotes. */
  readonly opaque: string
}

/** The value of a header: some tags, or `*` for any existing version. */
type Tags = readonly EntityTag[] | '*'

/** Preconditions of a request; `undefined` if the header is absent. */
export interface Conditions {
  readonly ifMatch: Tags | undefined
  readonly ifNoneMatch: Tags | undefined
}

/** The version of a resource that does not exist. */
export const NO_VERSION = 0

export const UNCONDITIONAL = { ok: true, value: { ifMatch: undefined, ifNoneMatch: undefined } } as const

/** The preconditions of a change of this version; of none, that there is no resource yet. */
export const atVersion = (version: number): Conditions =>
  version === NO_VERSION
    ? { ifMatch: undefined, ifNoneMatch: '*' }
    : { ifMatch: [{ weak: false, opaque: String(version) }], ifNoneMatch: undefined }

/** The strong entity tag of a version. No version is used twice, not even for a new resource of the same name. */
export const etagOf = (version: number): string => `"${version}"`

/** The preconditions in the headers, or a problem that names each malformed header. */
export function readConditions(
  headers: Headers,
): { readonly ok: true; readonly value: Conditions } | Problem {
  const [ifMatch, ifNoneMatch] = CONDITIONAL.map((name) => readTags(headers.get(name)))
  const unreadable = CONDITIONAL.filter((_, i) => [ifMatch, ifNoneMatch][i] === 'malformed')
  if (ifMatch === 'malformed' || ifNoneMatch === 'malformed') {
    return problem(
      'condition_malformed',
      `Malformed: ${unreadable.join(', ')}. Must be * or entity tags in double quotes.`,
      {
        problems: unreadable.map((path) => ({ path, problem: 'Must be * or a list of entity tags.' })),
      },
    )
  }
  return { ok: true, value: { ifMatch, ifNoneMatch } }
}

const CONDITIONAL = ['if-match', 'if-none-match'] as const

/** Whether the conditions allow the request at this version. */
export const holds = ({ ifMatch, ifNoneMatch }: Conditions, version: number): boolean =>
  (ifMatch === undefined || matches(ifMatch, version, 'strong')) &&
  (ifNoneMatch === undefined || !matches(ifNoneMatch, version, 'weak'))

/** Whether the client has this version already, so that the answer is 304. */
export const isKnown = ({ ifNoneMatch }: Conditions, version: number): boolean =>
  ifNoneMatch !== undefined && matches(ifNoneMatch, version, 'weak')

/** RFC 9110 section 8.8.3.2: in a strong comparison, a weak tag matches nothing. A weak comparison ignores the `W/`. */
function matches(tags: Tags, version: number, comparison: 'strong' | 'weak'): boolean {
  if (version === NO_VERSION) return false
  if (tags === '*') return true
  return tags.some(
    ({ weak, opaque }) => !(weak && comparison === 'strong') && `"${opaque}"` === etagOf(version),
  )
}

/** A list with more tags is a mistake or an attack. */
const TAGS_MAX = 100

/** One element of a list: an entity tag or nothing (RFC 9110 sections 8.8.3 and 5.6.1). */
const ELEMENT = /[ \t]*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)")?[ \t]*(?:,|$)/y

function readTags(header: string | null): Tags | 'malformed' | undefined {
  if (header === null) return undefined
  if (header.trim() === '*') return '*'
  const tags: EntityTag[] = []
  for (let at = 0; at < header.length; at = ELEMENT.lastIndex) {
    ELEMENT.lastIndex = at
    const element = ELEMENT.exec(header)
    if (element === null) return 'malformed'
    const [, weak, opaque] = element
    if (opaque !== undefined) tags.push({ weak: weak !== undefined, opaque })
  }
  return tags.length === 0 || tags.length > TAGS_MAX ? 'malformed' : tags
}

/** A change that was refused because the version differed from the expected one. `version` is the current one. */
interface Conflict {
  readonly ok: false
  readonly code: 'version_conflict'
  readonly version: number
}

/** Attempts against concurrent changes. After this many conflicts in a row, the client gets the conflict. */
const TRIES = 5

/**
 * Makes a change only if the conditions hold for the version that it replaces. Tries again if another change came between.
 *
 * @param owners read the version of the owner of this name
 * @param change makes the change if the version is still the given one; null means any version
 */
export async function underConditions<Result>(
  conditions: Conditions,
  owners: { readonly find: (name: string) => Promise<{ readonly version: number } | null> },
  name: string,
  change: (expectedVersion: number | null) => Promise<Result | Conflict>,
): Promise<Result | Conflict> {
  if (conditions.ifMatch === undefined && conditions.ifNoneMatch === undefined) return change(null)
  let version = (await owners.find(name))?.version ?? NO_VERSION
  for (let tries = 0; tries < TRIES && holds(conditions, version); tries++) {
    const changed = await change(version)
    if (!isConflict(changed)) return changed
    version = changed.version
  }
  return { ok: false, code: 'version_conflict', version }
}

const isConflict = (result: unknown): result is Conflict =>
  typeof result === 'object' && result !== null && 'code' in result && result.code === 'version_conflict'
