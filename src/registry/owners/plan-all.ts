/** Plans the changes that bring all owners of one kind to their documents. */
import type { OwnerChange, Setting } from '../sources/configuration.ts'
import type { DocumentProblem, NotChanged } from '../sources/source.ts'
import type { DestinationRules } from '../../platform/outbound-url.ts'
import { nameProblem, tooMany } from './names.ts'
import type { Stored } from './owner.ts'
import type { OwnerTables } from './owner-tables.ts'
import { type Plan, type PlanContext, type State, planPut, planRemove } from './plan.ts'

/** One owner to write, with the state that its plan was made for. */
interface Step<Config> {
  readonly name: string
  readonly before: Stored<Config> | undefined
  readonly plan: Plan<Config>
}

export interface PlannedAll<Config> {
  readonly tables: OwnerTables<Config>
  readonly problems: readonly DocumentProblem[]
  readonly steps: readonly Step<Config>[]
  /** Sorted by name. */
  readonly changes: readonly OwnerChange[]
}

/**
 * @param documents by name. Absent: all owners stay as they are, even with `prune`.
 * @param prune whether what is not named is removed
 */
export async function planAll<Config>(
  tables: OwnerTables<Config>,
  documents: Readonly<Record<string, unknown>> | undefined,
  prune: boolean,
  context: PlanContext,
  rules: DestinationRules,
): Promise<PlannedAll<Config>> {
  const { kind } = tables
  const list = `${kind.noun}s`
  const prefix = kind.noun === 'source' ? '' : `${list}.`
  if (documents === undefined) return { tables, problems: [], steps: [], changes: [] }
  const present = new Map(tables.all().map((owner) => [owner.name, owner]))
  const problems: DocumentProblem[] = []
  const steps: Step<Config>[] = []
  const changed: OwnerChange[] = []
  const named = new Set<string>()
  for (const [name, document] of Object.entries(documents)) {
    // The name is no name, and is not repeated.
    const invalidName = nameProblem(kind, name)
    if (invalidName !== null) {
      problems.push({ path: list, problem: invalidName })
      continue
    }
    named.add(name)
    const before = present.get(name)
    const plan = await planPut(kind, name, document, before, context, { rules })
    if (!plan.ok) problems.push(...problemsOf(`${prefix}${name}`, plan))
    else if (plan.next === 'unchanged') changed.push(same(name, 'unchanged'))
    else {
      steps.push({ name, before, plan })
      changed.push(changeOf(kind.shown, name, before, plan.next))
    }
  }
  for (const [name, before] of present) {
    if (named.has(name)) continue
    if (prune) steps.push({ name, before, plan: planRemove(kind, before) })
    changed.push(prune ? changeOf(kind.shown, name, before, null) : same(name, 'left'))
  }
  const left = prune ? named.size : new Set([...named, ...present.keys()]).size
  if (left > kind.max) problems.push({ path: list, problem: tooMany(kind) })
  return { tables, problems, steps, changes: changed.toSorted((a, b) => (a.name < b.name ? -1 : 1)) }
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

export function settingsOf(
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
