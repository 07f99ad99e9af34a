/** Facts that each deployed version holds about itself, in a variable: so they are known wherever the account is, and in no file. */
import { createHash } from 'node:crypto'
import type { WorkerName } from '../../src/platform/worker-names.ts'

/** The variable's name. Its value is JSON, and Cloudflare allows 5 KB. */
export const RELEASE_VARIABLE = 'POSTERN_RELEASE'

export interface Release {
  /** When it was begun: `20261127T083000Z`. Later ones sort behind. All Workers of a release have the same. */
  readonly id: string
  /** Of the package. */
  readonly version: string
  /** Of the checkout; null without git. */
  readonly commit: string | null
  /** Name of the environment. Absent before 0.4.0. */
  readonly environment?: string
  /** Hash of the Worker's code and configuration. */
  readonly code: string
  /** Hash of all Workers' code and configuration. A run that continues a release that was cut off finds it by this. */
  readonly all: string
  /** Of the database, before the migrations of this release. */
  readonly bookmark: string
  /** Hash of each migration that the database has with this release, by its file. */
  readonly migrations: Readonly<Record<string, string>>
  /** Files of `migrations` that do more than add: no code that lacks them works afterwards. Absent if there are none. */
  readonly oneWay?: readonly string[]
  /** Classes of Durable Objects that the Worker hosts. */
  readonly classes: readonly string[]
  /** Marks of the Worker's master keys, see `keyMarks`; absent if a person has set them by hand. */
  readonly masterKey?: string
  /** The release before; absent of the first. */
  readonly previous?: Previous
}

interface Previous extends Pick<Release, 'id' | 'version' | 'commit'> {
  /** Files of the migrations that the database had. */
  readonly migrations: readonly string[]
}

type Vars = Readonly<Record<string, string>>

export function readRelease(vars: Vars): Release | undefined {
  const facts = factsOf(vars)
  return facts !== undefined && isRelease(facts) ? facts : undefined
}

/** Version of a release whose facts have the form of 0.1 and 0.2, which only counted their migrations. */
export function earlierVersion(vars: Vars): string | undefined {
  const facts = factsOf(vars)
  return facts === undefined || isRelease(facts) ? undefined : (facts.version ?? 'an unknown version')
}

function factsOf(vars: Vars): Partial<Release> | undefined {
  try {
    return JSON.parse(vars[RELEASE_VARIABLE] ?? 'null') ?? undefined
  } catch {
    return undefined
  }
}

const isRelease = (facts: Partial<Release>): facts is Release =>
  facts.commit !== undefined && typeof facts.migrations === 'object'

/** Of several Workers, the release that was begun last. */
export const newestRelease = (releases: Iterable<Release | undefined>): Release | undefined =>
  [...releases]
    .filter((release) => release !== undefined)
    .sort((a, b) => a.id.localeCompare(b.id))
    .at(-1)

export const hashOfAll = (codes: ReadonlyMap<WorkerName, string>): string =>
  createHash('sha256')
    .update(JSON.stringify([...codes].sort(([a], [b]) => a.localeCompare(b))))
    .digest('hex')
    .slice(0, 16)

export const releaseId = (nowMs: number): string =>
  new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '')

export const previousOf = ({ id, version, commit, migrations }: Release): Previous => ({
  id,
  version,
  commit,
  migrations: Object.keys(migrations),
})

const COMMIT_DIGITS = 12

/** `0.2.0 (commit 0123456789ab)` */
export const named = ({ version, commit }: Pick<Release, 'version' | 'commit'>): string =>
  commit === null
    ? version
    : `${version} (commit ${commit.slice(0, COMMIT_DIGITS)}${/\+.*$/.exec(commit)?.[0] ?? ''})`

/** Commit or version to check out to deploy it again. */
export const checkoutOf = ({ version, commit }: Pick<Release, 'version' | 'commit'>): string =>
  commit?.split('+')[0] ?? version

/** Message of a Worker's deployment that changed nothing but its master key. */
const KEY_MESSAGE = 'Postern master key'
export const keyMessage = (marks: string): string => `${KEY_MESSAGE} ${marks}`

/** Marks in such a message. */
export const marksIn = (message: string): string | undefined =>
  message.startsWith(`${KEY_MESSAGE} `) ? message.slice(KEY_MESSAGE.length + 1) : undefined
