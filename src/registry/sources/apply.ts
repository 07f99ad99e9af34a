/** Applies a whole configuration: every source is decided first, then all are written in one transaction, or none. */
import type { Who } from '../audit/entry.ts'
import type { Changes } from '../changes.ts'
import type { Applied, Setting, SourceChange, WantedConfiguration } from './configuration.ts'
import { SOURCES_MAX, TOO_MANY_SOURCES, nameProblem } from './names.ts'
import { type Plan, planPut, planRemove } from './plan.ts'
import { shownConfig } from './public-url.ts'
import type { DocumentProblem, NotChanged } from './source.ts'
import type { StoredSource } from './source-tables.ts'

/** One source that is to be written, with the state that its plan was made against. */
interface Step {
  readonly name: string
  readonly before: StoredSource | undefined
  readonly plan: Plan
}

type Decided =
  | { readonly ok: true; readonly steps: readonly Step[]; readonly changes: readonly SourceChange[] }
  | { readonly ok: false; readonly problems: readonly DocumentProblem[] }

/**
 * Guards hear of every change and removal before this answers, as they do of a single one. Of new sources they hear by the alarm:
 * nobody has anything older of them that could be used.
 */
export async function applyConfiguration(
  changes: Changes,
  wanted: WantedConfiguration,
  who: Who,
  nowMs: number,
): Promise<Applied> {
  const known = new Set<string>()
  const done = await changes.inTurn(async (): Promise<Applied> => {
    const version = changes.version()
    if (wanted.expectedVersion !== null && wanted.expectedVersion !== version)
      return { ok: false, code: 'version_conflict', version }

    const decided = await decide(changes, wanted, nowMs)
    if (!decided.ok) return { ok: false, code: 'configuration_invalid', problems: decided.problems }
    const answer = { ok: true, changes: decided.changes, unreached: [] } as const
    if (wanted.dryRun || decided.steps.length === 0) return { ...answer, version }

    const drafts = decided.steps.map(({ plan }) => plan.draft)
    const lines = await changes.audit.nextOf(drafts, who, nowMs, changes.sealer())
    // Before the write: a process that dies after it must wake up to tell.
    await changes.scheduleNotifications()
    changes.atomically(() => {
      for (const line of lines) changes.audit.write(line)
      for (const { name, before, plan } of decided.steps) {
        if (before !== undefined) known.add(name)
        changes.write(name, before, plan.next, nowMs)
        plan.also?.(changes.tables)
      }
    })
    return { ...answer, version: changes.version() }
  })
  if (!done.ok || wanted.dryRun) return done
  return { ...done, unreached: await changes.sendPendingNotifications((name) => known.has(name)) }
}

async function decide(changes: Changes, wanted: WantedConfiguration, nowMs: number): Promise<Decided> {
  const present = new Map(changes.tables.all().map((source) => [source.name, source]))
  const context = changes.planContext(nowMs)
  const problems: DocumentProblem[] = []
  const steps: Step[] = []
  const told: SourceChange[] = []
  const named = new Set<string>()
  for (const [name, document] of Object.entries(wanted.sources)) {
    const wrongName = nameProblem(name)
    if (wrongName !== null) {
      problems.push({ path: 'sources', problem: wrongName })
      continue
    }
    named.add(name)
    const before = present.get(name)
    const plan = await planPut(name, document, before, context)
    if (!plan.ok) problems.push(...problemsOf(name, plan))
    else if (plan.next === 'unchanged') told.push(same(name, 'unchanged'))
    else {
      steps.push({ name, before, plan })
      told.push(changeOf(name, before, plan.next))
    }
  }
  for (const [name, before] of present) {
    if (named.has(name)) continue
    if (wanted.prune) steps.push({ name, before, plan: planRemove(name, before) })
    told.push(wanted.prune ? changeOf(name, before, null) : same(name, 'left'))
  }
  const left = wanted.prune ? named.size : new Set([...named, ...present.keys()]).size
  if (left > SOURCES_MAX) problems.push({ path: 'sources', problem: TOO_MANY_SOURCES })
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, steps, changes: told.toSorted((a, b) => (a.name < b.name ? -1 : 1)) }
}

/** A name of the right form is repeated; nothing else of the document is. */
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
