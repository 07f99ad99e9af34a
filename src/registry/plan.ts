/** What a change of a source will be, decided before anything is written: the next state and its line for the log, or why not. */
import type { JsonObject } from '../platform/json.ts'
import type { Sealer } from '../platform/seal.ts'
import { providerNamed } from '../providers/index.ts'
import type { AuditAction, AuditDraft } from './audit/entry.ts'
import { readDocument } from './check.ts'
import type { SourceConfig } from './document.ts'
import { makeValue } from './life/make.ts'
import { newVersion, reconcile } from './life/reconcile.ts'
import { openVersions, sealVersions, valuesOf } from './life/sealed.ts'
import {
  type StoredSecret,
  activeSlots,
  isAccepted,
  nextVersion,
  pruned,
  revoked,
  swept,
  takeOver,
} from './life/transitions.ts'
import { MAX_VALUES_PER_SLOT, checkValue } from './secrets/index.ts'
import { methodProblems } from './secrets/methods.ts'
import type { NotChanged, RotateRequest, SecretVersion } from './source.ts'
import type { StoredSource } from './tables.ts'

/** What a plan is made under. */
export interface Planning {
  readonly sealer: Sealer
  readonly nowMs: number
  /** Why no source can have its guard in Redis; null when it can. */
  readonly redisProblem: string | null
}

export interface Plan {
  readonly ok: true
  /** Null when the source goes. */
  readonly next: Pick<StoredSource, 'config' | 'secrets'> | null
  /** The version of a secret that the change is about. */
  readonly version: number | null
  readonly draft: AuditDraft
}

/** The document says already what is there. */
export interface Unchanged {
  readonly ok: true
  readonly next: 'unchanged'
}

export async function planPut(
  name: string,
  document: unknown,
  before: StoredSource | undefined,
  { sealer, nowMs, redisProblem }: Planning,
): Promise<Plan | Unchanged | NotChanged> {
  const stored = await openVersions(sealer, name, swept(before?.secrets ?? [], nowMs))
  const read = await readDocument(document, before === undefined ? undefined : valuesOf(stored))
  if (!read.ok) return { ok: false, code: 'document_invalid', problems: read.problems }
  if (read.config.guardStore === 'redis' && redisProblem !== null)
    return {
      ok: false,
      code: 'document_invalid',
      problems: [{ path: 'guardStore', problem: redisProblem }],
    }

  const { rows, added } = read.keepsSecrets
    ? { rows: stored.map(({ row }) => row), added: [] }
    : reconcile(stored, read.secrets, nowMs)
  const next = {
    config: read.config,
    secrets: pruned([...rows, ...(await sealVersions(sealer, name, added))]),
  }
  if (before !== undefined && sameSource(before, next)) return { ok: true, next: 'unchanged' }
  const action = before === undefined ? 'source.created' : 'source.changed'
  return { ok: true, next, version: null, draft: draftOf(action, `source/${name}`, before, next) }
}

export function planRemove(name: string, before: StoredSource): Plan {
  return {
    ok: true,
    next: null,
    version: null,
    draft: draftOf('source.removed', `source/${name}`, before, null),
  }
}

/** A new version takes over, or the old ones end at once. */
export async function planRotate(
  before: StoredSource,
  { slot, value, graceSeconds, emergency = false, force = false, hold = false }: RotateRequest,
  { sealer, nowMs }: Planning,
): Promise<Plan | NotChanged> {
  const provider = providerNamed(before.config.provider)
  if (provider === undefined || !Object.hasOwn(provider.secrets, slot)) return UNKNOWN_SECRET

  const stored = swept(before.secrets, nowMs)
  const opened = await openVersions(
    sealer,
    before.name,
    stored.filter((row) => row.slot === slot),
  )
  const present = opened.findLast(({ row, secret }) => secret !== null && row.state === 'active')?.secret
  const made = value === undefined ? makeValue(provider, slot, present ?? undefined) : undefined
  if (value === undefined && made === undefined) {
    if (!emergency) return { ok: false, code: 'value_needed' }
    return finish(before, stored.map(ending(slot, nowMs)), {
      slot,
      version: null,
      force,
      action: 'secret.revoked',
    })
  }

  const checked = await checkValue(provider, slot, value ?? made, before.config)
  if (!checked.ok) return { ok: false, code: 'document_invalid', problems: checked.problems }
  const origin = value === undefined ? 'postern' : 'operator'
  const version = nextVersion(stored, slot)
  const added = await sealVersions(sealer, before.name, [
    { ...newVersion(slot, version, origin, nowMs), secret: checked.secret },
  ])
  const kept = emergency ? stored.map(ending(slot, nowMs)) : stored.map(dropPending(slot, nowMs))
  const rows = [...kept, ...added]
  const waits = hold && value === undefined && !emergency
  const after = waits
    ? rows
    : takeOver(
        rows,
        { slot, version },
        nowMs,
        emergency ? 0 : (graceSeconds ?? before.config.rotationGraceSeconds),
      )
  return finish(before, after, { slot, version, force, action: 'secret.rotated' })
}

/** A version that waits, or retires, becomes the active one. */
export function planActivate(
  before: StoredSource,
  slot: string,
  version: number,
  graceSeconds: number | undefined,
  { nowMs }: Planning,
): Plan | NotChanged {
  const stored = swept(before.secrets, nowMs)
  const row = stored.find((one) => one.slot === slot && one.version === version)
  if (row === undefined || row.state === 'revoked') return UNKNOWN_SECRET
  const after = takeOver(stored, row, nowMs, graceSeconds ?? before.config.rotationGraceSeconds)
  return finish(before, after, { slot, version, force: false, action: 'secret.activated' })
}

export function planRevoke(
  before: StoredSource,
  slot: string,
  version: number,
  force: boolean,
  { nowMs }: Planning,
): Plan | NotChanged {
  const stored = swept(before.secrets, nowMs)
  const row = stored.find((one) => one.slot === slot && one.version === version)
  if (row === undefined || row.state === 'revoked') return UNKNOWN_SECRET
  const after = stored.map((one) => (one === row ? revoked(one, nowMs) : one))
  return finish(before, after, { slot, version, force, action: 'secret.revoked' })
}

interface Ending {
  readonly slot: string
  readonly version: number | null
  readonly force: boolean
  readonly action: AuditAction
}

/** A change after which nothing would prove a delivery is made only by force, unless nothing does now. */
function finish(
  before: StoredSource,
  rows: readonly StoredSecret[],
  { slot, version, force, action }: Ending,
): Plan | NotChanged {
  if (!force && isProvable(before, before.secrets) && !isProvable(before, rows))
    return { ok: false, code: 'would_strand' }
  if (rows.filter((row) => row.slot === slot && row.sealed !== null).length > MAX_VALUES_PER_SLOT)
    return { ok: false, code: 'too_many_versions' }
  const next = { config: before.config, secrets: pruned(rows) }
  const target = `secret/${before.name}/${slot}${version === null ? '' : `/${version}`}`
  return { ok: true, next, version, draft: draftOf(action, target, before, next) }
}

function isProvable({ config }: StoredSource, rows: readonly StoredSecret[]): boolean {
  const provider = providerNamed(config.provider)
  return provider !== undefined && methodProblems(provider, config, activeSlots(rows)).length === 0
}

const ending =
  (slot: string, nowMs: number) =>
  (row: StoredSecret): StoredSecret =>
    row.slot === slot && row.state !== 'revoked' ? revoked(row, nowMs) : row

const dropPending =
  (slot: string, nowMs: number) =>
  (row: StoredSecret): StoredSecret =>
    row.slot === slot && row.state === 'pending' ? revoked(row, nowMs) : row

const UNKNOWN_SECRET: NotChanged = { ok: false, code: 'secret_unknown' }

type State = { readonly config: SourceConfig; readonly secrets: readonly StoredSecret[] } | null | undefined

const draftOf = (action: AuditAction, target: string, before: State, after: State): AuditDraft => ({
  action,
  target,
  before: recordOf(before),
  after: recordOf(after),
})

/** What the log keeps of a state: all settings, and of the secrets what they are, never what they hold. */
const recordOf = (state: State): JsonObject | null =>
  state === null || state === undefined
    ? null
    : {
        config: JSON.parse(JSON.stringify(state.config)) as JsonObject,
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

/** Versions that a gateway may be given: those whose time comes or has come, and is not over. */
export const loadable = (rows: readonly StoredSecret[], nowMs: number) =>
  rows.flatMap(({ slot, version, acceptedUntilMs, sealed, ...rest }) =>
    sealed !== null && isAccepted({ slot, version, acceptedUntilMs, ...rest }, nowMs)
      ? [{ slot, version, acceptedUntilMs, sealed }]
      : [],
  )
