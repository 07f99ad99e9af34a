/** Plans a change of a source before anything is written: its next state with a line for the audit log, or why it is refused. */
import { API_SLOT } from '../../providers/shared/api-slot.ts'
import { type Plan, type PlanContext, type Unchanged, draftOf, isSame } from '../owners/plan.ts'
import { readDocument } from './read-document.ts'
import type { SourceConfig } from './document.ts'
import { leakProblems } from '../rotation/leaks.ts'
import { reconcile } from '../rotation/reconcile.ts'
import { openVersions, sealVersions, valuesOf } from '../rotation/sealed.ts'
import { type StoredSecret, isAccepted, pruned, revokeExpired } from '../rotation/transitions.ts'
import { isUnchanged } from './is-unchanged.ts'
import { hasNewProvider } from '../secrets/kept.ts'
import { SOURCE_RULES } from './rules.ts'
import type { NotChanged } from './source.ts'
import type { StoredSource } from './source-tables.ts'

type SourcePlan = Plan<SourceConfig>

export async function planPut(
  name: string,
  document: unknown,
  before: StoredSource | undefined,
  { sealer, nowMs, redisProblem, leaks, keyedHash }: PlanContext<SourceConfig>,
): Promise<SourcePlan | Unchanged | NotChanged> {
  const stored = await openVersions(sealer, name, revokeExpired(before?.secrets ?? [], nowMs))
  const values = valuesOf(stored)
  if (before !== undefined && isUnchanged(document, before.config, values))
    return { ok: true, next: 'unchanged' }
  const read = await readDocument(document, before === undefined ? undefined : values, before?.config)
  if (!read.ok) return { ok: false, code: 'document_invalid', problems: read.problems }
  if (read.config.guardStore === 'redis' && redisProblem !== null)
    return {
      ok: false,
      code: 'document_invalid',
      problems: [{ path: 'guardStore', problem: redisProblem }],
    }

  const { rows, added } = reconcile(stored, read.secrets, nowMs, read.kept)
  const problems = await leakProblems(name, added, leaks, keyedHash)
  if (problems.length > 0) return { ok: false, code: 'document_invalid', problems }
  const next = {
    config: read.config,
    secrets: pruned([...rows, ...(await sealVersions(sealer, name, added))]),
  }
  if (before !== undefined && isSame(before, next)) return { ok: true, next: 'unchanged' }
  const action = before === undefined ? 'source.created' : 'source.changed'
  const draft = draftOf(SOURCE_RULES, action, `source/${name}`, before, next)
  if (!hasNewProvider(next.config, before?.config)) return { ok: true, next, version: null, draft }
  // Pending installs and retrieval links were for the previous ESP.
  const also: SourcePlan['also'] = ({ pendingInstalls, links }) => {
    pendingInstalls.removeOf(name)
    links.removeOf(name)
  }
  return { ok: true, next, version: null, draft, also }
}

export function planRemove(name: string, before: StoredSource): SourcePlan {
  return {
    ok: true,
    next: null,
    version: null,
    draft: draftOf(SOURCE_RULES, 'source.removed', `source/${name}`, before, null),
  }
}

/** Versions that a gateway may load: those that are accepted now, some of them only until a time. */
export const loadable = (rows: readonly StoredSecret[], nowMs: number) =>
  rows.flatMap(({ slot, version, acceptedUntilMs, sealed, ...rest }) =>
    sealed !== null && slot !== API_SLOT && isAccepted({ slot, version, acceptedUntilMs, ...rest }, nowMs)
      ? [{ slot, version, acceptedUntilMs, sealed }]
      : [],
  )
