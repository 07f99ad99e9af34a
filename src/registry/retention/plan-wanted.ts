/** Plans the change of the retention document that a configuration asks for. Holds stay: they belong to one deployment. */
import type { DocumentProblem } from '../../platform/document-problems.ts'
import { isObject } from '../../platform/json.ts'
import type { AuditDraft } from '../audit/entry.ts'
import type { Changes } from '../changes.ts'
import { settingsOf } from '../owners/plan-all.ts'
import type { RetentionChange, WantedConfiguration } from '../sources/configuration.ts'
import { isShortened } from './document.ts'
import { planRetention } from './retention.ts'

interface PlannedRetention {
  readonly problems: readonly DocumentProblem[]
  /** Null if the document is not valid. */
  readonly change: RetentionChange | null
  /** Null if nothing changes. */
  readonly step: {
    readonly drafts: readonly AuditDraft[]
    /** Within the transaction of the whole configuration. */
    readonly write: () => void
  } | null
}

/** @returns null if the configuration has no retention document */
export async function planWanted(
  { retention: document }: Pick<WantedConfiguration, 'retention'>,
  changes: Changes,
  nowMs: number,
): Promise<PlannedRetention | null> {
  if (document === undefined) return null
  if (isObject(document) && Object.hasOwn(document, 'holds'))
    return refused([{ path: 'retention.holds', problem: HOLDS_ELSEWHERE }])
  const sealer = changes.sealer()
  const table = changes.tables.retention
  const before = await table.read(sealer)
  const plan = planRetention(document, before, nowMs)
  if (!('draft' in plan))
    return refused(
      plan.map(({ path, problem }) => ({ path: path === '' ? 'retention' : `retention.${path}`, problem })),
    )
  const change: RetentionChange = {
    name: 'retention',
    change: plan.isUnchanged ? 'unchanged' : 'changed',
    settings: settingsOf(before.settings, plan.settings),
    secrets: [],
    isShortened: isShortened(before, plan),
  }
  if (plan.isUnchanged) return { problems: [], change, step: null }
  const sealed = await table.seal(plan.holds, sealer)
  const write = () => changes.writeRetention(plan.settings, sealed, nowMs)
  return { problems: [], change, step: { drafts: [plan.draft], write } }
}

const HOLDS_ELSEWHERE =
  'Is not part of a configuration. Set holds with PUT /api/retention or postern retention set.'

const refused = (problems: readonly DocumentProblem[]): PlannedRetention => ({
  problems,
  change: null,
  step: null,
})
