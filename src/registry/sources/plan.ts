/** Plans a change of a source before anything is written: its next state with a line for the audit log, or why it is refused. */
import type { JsonObject } from '../../platform/json.ts'
import type { Sealer } from '../../platform/seal.ts'
import { API_SLOT } from '../../providers/shared/api-slot.ts'
import type { AuditAction, AuditDraft } from '../audit/entry.ts'
import { readDocument } from './read-document.ts'
import type { SourceConfig } from './document.ts'
import { type Leaks, type KeyedHash, leakProblems } from '../rotation/leaks.ts'
import type { Link } from '../rotation/links.ts'
import { reconcile } from '../rotation/reconcile.ts'
import { openVersions, sealVersions, valuesOf } from '../rotation/sealed.ts'
import { type StoredSecret, isAccepted, pruned, revokeExpired } from '../rotation/transitions.ts'
import { shownConfig } from './public-url.ts'
import { isUnchanged } from './is-unchanged.ts'
import { hasNewProvider } from '../secrets/kept.ts'
import type { SecretVersion } from '../rotation/secret-version.ts'
import type { NotChanged } from './source.ts'
import type { RegistryTables, StoredSource } from './source-tables.ts'

/** What a plan depends on besides the source. */
export interface PlanContext {
  readonly sealer: Sealer
  readonly nowMs: number
  /** Why no source can have its guard in Redis; null when it can. */
  readonly redisProblem: string | null
  readonly leaks: Pick<Leaks, 'has'>
  readonly keyedHash: KeyedHash
}

export interface Plan {
  readonly ok: true
  /** Null when the source is removed. */
  readonly next: Pick<StoredSource, 'config' | 'secrets'> | null
  /** The version of the secret that changes; null when the whole source does. */
  readonly version: number | null
  readonly draft: AuditDraft
  /** The link that was asked for. */
  readonly link?: Link | undefined
  /** Further writes in the same transaction. */
  readonly also?: ((tables: RegistryTables) => void) | undefined
}

/** The document is what is stored already. */
export interface Unchanged {
  readonly ok: true
  readonly next: 'unchanged'
}

export async function planPut(
  name: string,
  document: unknown,
  before: StoredSource | undefined,
  { sealer, nowMs, redisProblem, leaks, keyedHash }: PlanContext,
): Promise<Plan | Unchanged | NotChanged> {
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
  if (before !== undefined && sameSource(before, next)) return { ok: true, next: 'unchanged' }
  const action = before === undefined ? 'source.created' : 'source.changed'
  const draft = draftOf(action, `source/${name}`, before, next)
  if (!hasNewProvider(next.config, before?.config)) return { ok: true, next, version: null, draft }
  // Pending installs and retrieval links were for the previous ESP.
  const also: Plan['also'] = ({ pendingInstalls, links }) => {
    pendingInstalls.removeOf(name)
    links.removeOf(name)
  }
  return { ok: true, next, version: null, draft, also }
}

export function planRemove(name: string, before: StoredSource): Plan {
  return {
    ok: true,
    next: null,
    version: null,
    draft: draftOf('source.removed', `source/${name}`, before, null),
  }
}

type State = { readonly config: SourceConfig; readonly secrets: readonly StoredSecret[] } | null | undefined

export const draftOf = (action: AuditAction, target: string, before: State, after: State): AuditDraft => ({
  action,
  target,
  before: recordOf(before),
  after: recordOf(after),
})

/** The state in the audit log: all settings, and the state of each secret, never its value. */
const recordOf = (state: State): JsonObject | null =>
  state === null || state === undefined
    ? null
    : {
        config: JSON.parse(JSON.stringify(shownConfig(state.config))) as JsonObject,
        secrets: state.secrets.map(({ slot, version, state, acceptedUntilMs }) => ({
          slot,
          version,
          state,
          acceptedUntilMs,
        })),
      }

const sameSource = (one: NonNullable<State>, other: NonNullable<State>): boolean =>
  JSON.stringify([one.config, one.secrets.map(comparable)]) ===
  JSON.stringify([other.config, other.secrets.map(comparable)])

const comparable = ({ sealed, ...version }: StoredSecret): SecretVersion & { sealed: boolean } => ({
  ...version,
  sealed: sealed !== null,
})

/** Versions that a gateway may load: those that are accepted now, some of them only until a time. */
export const loadable = (rows: readonly StoredSecret[], nowMs: number) =>
  rows.flatMap(({ slot, version, acceptedUntilMs, sealed, ...rest }) =>
    sealed !== null && slot !== API_SLOT && isAccepted({ slot, version, acceptedUntilMs, ...rest }, nowMs)
      ? [{ slot, version, acceptedUntilMs, sealed }]
      : [],
  )
