/** Applies a whole configuration: plans the change of every source, then writes all of them in one transaction. */
import type { Who } from '../audit/entry.ts'
import type { Changes } from '../changes.ts'
import type { Applied, Setting, SourceChange, WantedConfiguration } from './configuration.ts'
import { SOURCES_MAX, TOO_MANY_SOURCES, nameProblem } from './names.ts'
import { type Plan, planPut, planRemove } from './plan.ts'
import { shownConfig } from './public-url.ts'
import type { DocumentProblem, NotChanged } from './source.ts'
import type { StoredSource } from './source-tables.ts'

/** One source to write, with the state that its plan was made for. */
interface Step {
  readonly name: string
  readonly before: StoredSource | undefined
  readonly plan: Plan
}

type Planned =
  | { readonly ok: true; readonly steps: readonly Step[]; readonly changes: readonly SourceChange[] }
  | { readonly ok: false; readonly problems: readonly DocumentProblem[] }

/**
 * Guards are notified of every change and removal before this returns, as for a single source. The alarm notifies them of new
 * sources: no gateway has cached an older version of those.
 */
export async function applyConfiguration(
  changes: Changes,
  wanted: WantedConfiguration,
  who: Who,
  nowMs: number,
): Promise<Applied> {
  const existing = new Set<string>()
  const done = await changes.inTurn(async (): Promise<Applied> => {
    const version = changes.version()
    if (wanted.expectedVersion !== null && wanted.expectedVersion !== version)
      return { ok: false, code: 'version_conflict', version }

    const planned = await planAll(changes, wanted, nowMs)
    if (!planned.ok) return { ok: false, code: 'configuration_invalid', problems: planned.problems }
    const answer = { ok: true, changes: planned.changes, unreached: [] } as const
    if (wanted.dryRun || planned.steps.length === 0) return { ...answer, version }

    const drafts = planned.steps.map(({ plan }) => plan.draft)
    const lines = await changes.audit.nextOf(drafts, who, nowMs, changes.sealer())
    // Before the write: if the object crashes after it, the alarm sends the notifications.
    await changes.scheduleNotifications()
    changes.atomically(() => {
      for (const line of lines) changes.audit.write(line)
      for (const { name, before, plan } of planned.steps) {
        if (before !== undefined) existing.add(name)
        changes.write(name, before, plan.next, nowMs)
        plan.also?.(changes.tables)
      }
    })
    return { ...answer, version: changes.version() }
  })
  if (!done.ok || wanted.dryRun) return done
  return { ...done, unreached: await changes.sendPendingNotifications((name) => existing.has(name)) }
}

async function planAll(changes: Changes, wanted: WantedConfiguration, nowMs: number): Promise<Planned> {
  const present = new Map(changes.tables.all().map((source) => [source.name, source]))
  const context = changes.planContext(nowMs)
  const problems: DocumentProblem[] = []
  const steps: Step[] = []
  const changed: SourceChange[] = []
  const named = new Set<string>()
  for (const [name, document] of Object.entries(wanted.sources)) {
    const invalidName = nameProblem(name)
    if (invalidName !== null) {
      problems.push({ path: 'sources', problem: invalidName })
      continue
    }
    named.add(name)
    const before = present.get(name)
    const plan = await planPut(name, document, before, context)
    if (!plan.ok) problems.push(...problemsOf(name, plan))
    else if (plan.next === 'unchanged') changed.push(same(name, 'unchanged'))
    else {
      steps.push({ name, before, plan })
      changed.push(changeOf(name, before, plan.next))
    }
  }
  for (const [name, before] of present) {
    if (named.has(name)) continue
    if (wanted.prune) steps.push({ name, before, plan: planRemove(name, before) })
    changed.push(wanted.prune ? changeOf(name, before, null) : same(name, 'left'))
  }
  const left = wanted.prune ? named.size : new Set([...named, ...present.keys()]).size
  if (left > SOURCES_MAX) problems.push({ path: 'sources', problem: TOO_MANY_SOURCES })
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, steps, changes: changed.toSorted((a, b) => (a.name < b.name ? -1 : 1)) }
}

/** Repeats the name, which is valid, and nothing else of the document. */
const problemsOf = (name: string, refused: NotChanged): DocumentProblem[] =>
  'problems' in refused
    ? refused.problems.map(({ path, problem }) => ({ path: path === '' ? name : `${name}.${path}`, problem }))
    : [{ path: name, problem: `Cannot be applied (${refused.code.replaceAll('_', ' ')}).` }]

const same = (name: string, change: 'unchanged' | 'left'): SourceChange => ({
  name,
  change,
  settings: [],
  secrets: [],
})

type State = Pick<StoredSource, 'config' | 'secrets'> | null | undefined

const changeOf = (name: string, before: State, after: State): SourceChange => ({
  name,
  change: before === undefined ? 'created' : after === null ? 'removed' : 'changed',
  settings: settingsOf(before, after),
  secrets: secretsOf(before, after),
})

function settingsOf(before: State, after: State): SourceChange['settings'] {
  const [old, next] = [before, after].map(
    (state) =>
      JSON.parse(JSON.stringify(state?.config === undefined ? {} : shownConfig(state.config))) as Record<
        string,
        Setting
      >,
  )
  const paths = [...new Set([...Object.keys(old ?? {}), ...Object.keys(next ?? {})])].toSorted()
  return paths
    .map((path) => ({ path, before: old?.[path] ?? null, after: next?.[path] ?? null }))
    .filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after))
}

function secretsOf(before: State, after: State): SourceChange['secrets'] {
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
