/** Plans the changes that bring all sources, or all destinations, to their documents. */
import type { Setting, OwnerChange } from '../sources/configuration.ts'
import type { DocumentProblem, NotChanged } from '../sources/source.ts'
import type { Stored } from './owner.ts'
import type { Plan, State, Unchanged } from './plan.ts'

/** Wanted state of all owners of one kind. */
export interface Wanted<Config> {
  /** Begins the paths of problems: empty for sources. */
  readonly prefix: string
  /** Path of problems with a name, which may be no name and is not repeated. */
  readonly listPath: string
  /** Documents by name. */
  readonly documents: Readonly<Record<string, unknown>>
  readonly present: readonly Stored<Config>[]
  /** Whether what is not named is removed. */
  readonly prune: boolean
  readonly max: number
  readonly tooMany: string
  readonly nameProblem: (name: string) => string | null
  readonly shown: (config: Config) => object
  readonly put: (
    name: string,
    document: unknown,
    before: Stored<Config> | undefined,
  ) => Promise<Plan<Config> | Unchanged | NotChanged>
  readonly remove: (name: string, before: Stored<Config>) => Plan<Config>
}

/** One owner to write, with the state that its plan was made for. */
export interface Step<Config> {
  readonly name: string
  readonly before: Stored<Config> | undefined
  readonly plan: Plan<Config>
}

export interface PlannedAll<Config> {
  readonly problems: readonly DocumentProblem[]
  readonly steps: readonly Step<Config>[]
  /** Sorted by name. */
  readonly changes: readonly OwnerChange[]
}

export async function planAll<Config>(wanted: Wanted<Config>): Promise<PlannedAll<Config>> {
  const present = new Map(wanted.present.map((owner) => [owner.name, owner]))
  const problems: DocumentProblem[] = []
  const steps: Step<Config>[] = []
  const changed: OwnerChange[] = []
  const named = new Set<string>()
  for (const [name, document] of Object.entries(wanted.documents)) {
    const invalidName = wanted.nameProblem(name)
    if (invalidName !== null) {
      problems.push({ path: wanted.listPath, problem: invalidName })
      continue
    }
    named.add(name)
    const before = present.get(name)
    const plan = await wanted.put(name, document, before)
    if (!plan.ok) problems.push(...problemsOf(`${wanted.prefix}${name}`, plan))
    else if (plan.next === 'unchanged') changed.push(same(name, 'unchanged'))
    else {
      steps.push({ name, before, plan })
      changed.push(changeOf(wanted.shown, name, before, plan.next))
    }
  }
  for (const [name, before] of present) {
    if (named.has(name)) continue
    if (wanted.prune) steps.push({ name, before, plan: wanted.remove(name, before) })
    changed.push(wanted.prune ? changeOf(wanted.shown, name, before, null) : same(name, 'left'))
  }
  const left = wanted.prune ? named.size : new Set([...named, ...present.keys()]).size
  if (left > wanted.max) problems.push({ path: wanted.listPath, problem: wanted.tooMany })
  return { problems, steps, changes: changed.toSorted((a, b) => (a.name < b.name ? -1 : 1)) }
}

/** Repeats the name, which is valid, and nothing else of the document. */
const problemsOf = (at: string, refused: NotChanged): DocumentProblem[] =>
  'problems' in refused
    ? refused.problems.map(({ path, problem }) => ({ path: path === '' ? at : `${at}.${path}`, problem }))
    : [{ path: at, problem: `Cannot be applied (${refused.code.replaceAll('_', ' ')}).` }]

const same = (name: string, change: 'unchanged' | 'left'): OwnerChange => ({
  name,
  change,
  settings: [],
  secrets: [],
})

const changeOf = <Config>(
  shown: (config: Config) => object,
  name: string,
  before: State<Config>,
  after: State<Config>,
): OwnerChange => ({
  name,
  change: before === undefined ? 'created' : after === null ? 'removed' : 'changed',
  settings: settingsOf(before && shown(before.config), after && shown(after.config)),
  secrets: secretsOf(before, after),
})

function settingsOf(
  before: object | null | undefined,
  after: object | null | undefined,
): OwnerChange['settings'] {
  const [old, next] = [before, after].map(
    (settings) => JSON.parse(JSON.stringify(settings ?? {})) as Record<string, Setting>,
  )
  const paths = [...new Set([...Object.keys(old ?? {}), ...Object.keys(next ?? {})])].toSorted()
  return paths
    .map((path) => ({ path, before: old?.[path] ?? null, after: next?.[path] ?? null }))
    .filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after))
}

function secretsOf<Config>(before: State<Config>, after: State<Config>): OwnerChange['secrets'] {
  const [old, next] = [before, after].map(
    (state) => new Map((state?.secrets ?? []).map((row) => [`${row.slot}/${row.version}`, row])),
  )
  const keys = new Set([...(old?.keys() ?? []), ...(next?.keys() ?? [])])
  return [...keys].flatMap((key) => {
    const [was, is] = [old?.get(key), next?.get(key)]
    const row = is ?? was
    if (row === undefined || was?.state === is?.state) return []
    return [{ slot: row.slot, version: row.version, before: was?.state ?? null, after: is?.state ?? null }]
  })
}
