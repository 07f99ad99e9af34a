/** Conditional requests (RFC 9110 section 13) for what has a version: nobody overwrites what somebody else has changed. */
import { type Problem, problem } from './problem.ts'

interface EntityTag {
  readonly weak: boolean
  /** What stands between the quotes. */
  readonly opaque: string
}

/** As a header says it: some tags, or `*` for whatever there is. */
type Tags = readonly EntityTag[] | '*'

/** What a request asks for before it is done; `undefined` where it asks nothing. */
export interface Conditions {
  readonly ifMatch: Tags | undefined
  readonly ifNoneMatch: Tags | undefined
}

/** Version of what does not exist. */
export const NO_VERSION = 0

/** The strong entity tag of a version. Versions are never used twice, not even for another thing of the same name. */
export const etagOf = (version: number): string => `"${version}"`

/** What the request's headers ask for, or the problem that says which of them cannot be read. */
export function readConditions(
  headers: Headers,
): { readonly ok: true; readonly value: Conditions } | Problem {
  const [ifMatch, ifNoneMatch] = CONDITIONAL.map((name) => readTags(headers.get(name)))
  const unreadable = CONDITIONAL.filter((_, i) => [ifMatch, ifNoneMatch][i] === 'malformed')
  if (ifMatch === 'malformed' || ifNoneMatch === 'malformed') {
    return problem(
      'condition_malformed',
      `Must be * or entity tags in double quotes: ${unreadable.join(', ')}.`,
      {
        problems: unreadable.map((path) => ({ path, problem: 'Must be * or a list of entity tags.' })),
      },
    )
  }
  return { ok: true, value: { ifMatch, ifNoneMatch } }
}

const CONDITIONAL = ['if-match', 'if-none-match'] as const

/** Whether the request may be done while this is the present version. */
export const holds = ({ ifMatch, ifNoneMatch }: Conditions, version: number): boolean =>
  (ifMatch === undefined || matches(ifMatch, version, 'strong')) &&
  (ifNoneMatch === undefined || !matches(ifNoneMatch, version, 'weak'))

/** Whether a reader has the present version already, and is sent nothing (304). */
export const isKnown = ({ ifNoneMatch }: Conditions, version: number): boolean =>
  ifNoneMatch !== undefined && matches(ifNoneMatch, version, 'weak')

/** RFC 9110 section 8.8.3.2: by the strong comparison a weak tag equals nothing; by the weak one its mark is overlooked. */
function matches(tags: Tags, version: number, comparison: 'strong' | 'weak'): boolean {
  if (version === NO_VERSION) return false
  if (tags === '*') return true
  return tags.some(
    ({ weak, opaque }) => !(weak && comparison === 'strong') && `"${opaque}"` === etagOf(version),
  )
}

/** More are a mistake or an attack. */
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

/** A change that was refused since the version was not the expected one; `version` is the present one. */
interface Conflict {
  readonly ok: false
  readonly code: 'version_conflict'
  readonly version: number
}

/** Others who change the same thing at the same time; past this many in a row the client is told. */
const TRIES = 5

/**
 * Makes a change only while the conditions hold, however many others change the same thing meanwhile.
 *
 * @param present reads the present version; {@link NO_VERSION} where there is nothing
 * @param change makes it if the version is still the given one; null: whatever it is
 */
export async function underConditions<Result>(
  conditions: Conditions,
  present: () => Promise<number>,
  change: (expectedVersion: number | null) => Promise<Result | Conflict>,
): Promise<Result | Conflict> {
  if (conditions.ifMatch === undefined && conditions.ifNoneMatch === undefined) return change(null)
  let version = await present()
  for (let tries = 0; tries < TRIES && holds(conditions, version); tries++) {
    const changed = await change(version)
    if (!isConflict(changed)) return changed
    version = changed.version
  }
  return { ok: false, code: 'version_conflict', version }
}

const isConflict = (result: unknown): result is Conflict =>
  typeof result === 'object' && result !== null && 'code' in result && result.code === 'version_conflict'
