/** A planned change of an owner of secrets: its next state with a line for the audit log. Nothing is written yet. */
import type { JsonObject } from '../../platform/json.ts'
import type { DestinationRules } from '../../platform/outbound-url.ts'
import type { Sealer } from '../../platform/seal.ts'
import type { AuditAction, AuditDraft } from '../audit/entry.ts'
import type { LinkRequest } from '../rotation/contract.ts'
import { type KeyedHash, type Leaks, leakProblems } from '../rotation/leaks.ts'
import type { Link } from '../rotation/links.ts'
import { reconcile } from '../rotation/reconcile.ts'
import { openVersions, sealVersions, valuesOf } from '../rotation/sealed.ts'
import type { SecretVersion } from '../rotation/secret-version.ts'
import { type StoredSecret, revokeExpired } from '../rotation/transitions.ts'
import type { NotChanged } from '../sources/source.ts'
import { takenProblem } from './names.ts'
import { type OwnerKind, type Stored, pathOf } from './owner.ts'
import type { SecretTables } from './secret-tables.ts'

/** Context of a plan besides the owner. */
export interface PlanContext {
  readonly sealer: Sealer
  readonly nowMs: number
  /** Why no source can have its guard in Redis; null when it can. */
  readonly redisProblem: string | null
  readonly leaks: Pick<Leaks, 'has'>
  readonly keyedHash: KeyedHash
}

export interface Plan<Config> {
  readonly ok: true
  /** Null when the owner is removed. */
  readonly next: Pick<Stored<Config>, 'config' | 'secrets'> | null
  /** The version of the secret that changes; null when the whole owner does. */
  readonly version: number | null
  readonly draft: AuditDraft
  /** The link that was asked for. */
  readonly link?: Link | undefined
  /** Further writes in the same transaction. */
  readonly also?: ((tables: SecretTables) => void) | undefined
}

/** The document is what is stored already. */
export interface Unchanged {
  readonly ok: true
  readonly next: 'unchanged'
}
export const UNCHANGED: Unchanged = { ok: true, next: 'unchanged' }

export type Decided<Config> = Plan<Config> | Unchanged | NotChanged
export type Decide<Config> = (
  before: Stored<Config> | undefined,
  context: PlanContext,
) => Decided<Config> | Promise<Decided<Config>>

export type State<Config> =
  | { readonly config: Config; readonly secrets: readonly StoredSecret[] }
  | null
  | undefined

/** @param link to a secret, in case that this change generates one that a person has to fetch */
export async function planPut<Config>(
  kind: OwnerKind<Config>,
  name: string,
  document: unknown,
  before: Stored<Config> | undefined,
  context: PlanContext,
  { rules, link }: { readonly rules: DestinationRules; readonly link?: LinkRequest | undefined },
): Promise<Decided<Config>> {
  const { sealer, nowMs, leaks, keyedHash } = context
  const owner = kind.keyOf(name)
  const stored = revokeExpired(before?.secrets ?? [], nowMs)
  const secrets = async () => valuesOf(await openVersions(sealer, owner, stored))
  if (before !== undefined && kind.isUnchanged?.(document, before.config, await secrets())) return UNCHANGED
  const taken = before === undefined ? takenProblem(kind, name) : null
  if (taken !== null)
    return { ok: false, code: 'document_invalid', problems: [{ path: 'name', problem: taken }] }
  const read = await kind.read(
    document,
    before && { config: before.config, slots: filledIn(stored), secrets },
    rules,
  )
  if (!read.ok) return { ok: false, code: 'document_invalid', problems: read.problems }
  const { config, kept } = read
  const lacking = kind.problems?.(config, context) ?? []
  if (lacking.length > 0) return { ok: false, code: 'document_invalid', problems: lacking }

  // Secrets that are kept need not be decrypted.
  const opened = await openVersions(sealer, owner, stored, kept)
  const { rows, added } = reconcile(opened, read.secrets, nowMs)
  const problems = await leakProblems(owner, added, leaks, keyedHash)
  if (problems.length > 0) return { ok: false, code: 'document_invalid', problems }
  const generated = (await kind.missing?.(config, [...rows, ...added], nowMs)) ?? []
  const sealed = await sealVersions(sealer, owner, [...added, ...generated])
  const next = { config, secrets: kind.pruned([...rows, ...sealed]) }
  if (before !== undefined && isSame(before, next)) return UNCHANGED
  const action = before === undefined ? 'created' : 'changed'
  const draft = draftOf(kind, `${kind.noun}.${action}`, pathOf(owner), before, next)
  const fetched = link && generated.find(({ state }) => state === 'pending')
  const made = fetched && linkTo(owner, fetched, link, nowMs)
  const ends = kind.endsRotations?.(config, before?.config) === true
  return {
    ok: true,
    next,
    version: made?.version ?? null,
    draft,
    link: made,
    also({ links, pendingInstalls }) {
      if (ends) pendingInstalls.removeOf(owner)
      if (ends) links.removeOf(owner)
      if (made !== undefined) links.write(made)
    },
  }
}

export const planRemove = <Config>(kind: OwnerKind<Config>, before: Stored<Config>): Plan<Config> => ({
  ok: true,
  next: null,
  version: null,
  draft: draftOf(kind, `${kind.noun}.removed`, pathOf(kind.keyOf(before.name)), before, null),
})

/** A new version without another change, so that gateways load the owner again. */
export const planReload = <Config>(
  { config, secrets }: Stored<Config>,
  draft: AuditDraft,
  also: () => void,
): Plan<Config> => ({ ok: true, next: { config, secrets }, version: null, draft, also })

export const linkTo = (
  owner: string,
  { slot, version }: Pick<SecretVersion, 'slot' | 'version'>,
  { sha256, lifeSeconds }: LinkRequest,
  nowMs: number,
): Link => ({ sha256, source: owner, slot, version, endsAtMs: nowMs + lifeSeconds * 1_000 })

const filledIn = (rows: readonly StoredSecret[]): ReadonlySet<string> =>
  new Set(rows.flatMap(({ slot, sealed }) => (sealed === null ? [] : [slot])))

export const draftOf = <Config>(
  { shown, recorded = shown }: Pick<OwnerKind<Config>, 'shown' | 'recorded'>,
  action: AuditAction,
  target: string,
  before: State<Config>,
  after: State<Config>,
): AuditDraft => ({ action, target, before: recordOf(recorded, before), after: recordOf(recorded, after) })

/** The state in the audit log: all settings, and the state of each secret, never its value. */
const recordOf = <Config>(recorded: (config: Config) => object, state: State<Config>): JsonObject | null =>
  state === null || state === undefined
    ? null
    : {
        config: JSON.parse(JSON.stringify(recorded(state.config))) as JsonObject,
        secrets: state.secrets.map(({ slot, version, state, acceptedUntilMs }) => ({
          slot,
          version,
          state,
          acceptedUntilMs,
        })),
      }

const isSame = <Config>(one: NonNullable<State<Config>>, other: NonNullable<State<Config>>): boolean =>
  JSON.stringify([one.config, one.secrets.map(comparable)]) ===
  JSON.stringify([other.config, other.secrets.map(comparable)])

const comparable = ({ sealed, ...version }: StoredSecret): SecretVersion & { sealed: boolean } => ({
  ...version,
  sealed: sealed !== null,
})
