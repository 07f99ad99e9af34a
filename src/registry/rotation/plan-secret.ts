/** Plans a change of one secret before anything is written. */
import type { AuditAction } from '../audit/entry.ts'
import { type OwnerRules, type Stored, pathOf } from '../owners/owner.ts'
import { type Plan, type PlanContext, type Unchanged, draftOf } from '../owners/plan.ts'
import { type Leaked, leakProblems } from './leaks.ts'
import { type OpenedSecret, newVersion } from './reconcile.ts'
import { openVersions, sealVersions, unlessUnreadable } from './sealed.ts'
import {
  type StoredSecret,
  active,
  nextVersion,
  pruned,
  revoked,
  revokeExpired,
  takeOver,
} from './transitions.ts'
import { MAX_VALUES_PER_SLOT } from '../secrets/index.ts'
import type { LinkRequest, RotateRequest } from './contract.ts'
import type { SecretVersion } from './secret-version.ts'
import type { NotChanged } from '../sources/source.ts'

/** A new version takes over; in an emergency the old ones are revoked at once. */
export async function planRotate<Config>(
  before: Stored<Config>,
  request: RotateRequest,
  context: PlanContext<Config>,
): Promise<Plan<Config> | NotChanged> {
  const { rules, sealer, nowMs, leaks, keyedHash } = context
  const { slot, value, graceSeconds, emergency = false, force = false, hold = false } = request
  const { generatedOnly = false } = request
  const slots = rules.slots(before.config)
  if (!slots.includes(slot)) return { ...UNKNOWN_SECRET, slots }
  const owner = rules.keyOf(before.name)

  const stored = revokeExpired(before.secrets, nowMs)
  const inSlot = stored.filter((row) => row.slot === slot)
  const opened = await openVersions(sealer, owner, inSlot)
  const leaked = emergency ? await leakedOf(owner, opened, context) : undefined
  const current = opened.findLast(({ row, secret }) => secret !== null && row.state === 'active')?.secret
  const generated =
    value === undefined ? rules.generate(before.config, slot, current ?? undefined) : undefined
  if (value === undefined && generated === undefined) {
    if (!emergency || generatedOnly) return { ok: false, code: 'value_needed' }
    return planFrom(rules, before, stored.map(revokeSlot(slot, nowMs)), {
      slot,
      version: null,
      force,
      action: 'secret.revoked',
      leaked,
    })
  }

  const checked = await rules.check(before.config, slot, value ?? generated)
  if (!checked.ok) return { ok: false, code: 'document_invalid', problems: checked.problems }
  const isGenerated = value === undefined
  const leakedBefore = force
    ? []
    : await leakProblems(owner, [{ slot, secret: checked.secret }], leaks, keyedHash)
  if (leakedBefore.length > 0) return { ok: false, code: 'document_invalid', problems: leakedBefore }
  const version = nextVersion(stored, slot)
  const added = await sealVersions(sealer, owner, [
    { ...newVersion(slot, version, isGenerated ? 'postern' : 'operator', nowMs), secret: checked.secret },
  ])
  const rows = [...stored.map(emergency ? revokeSlot(slot, nowMs) : revokePending(slot, nowMs)), ...added]
  const installs = rules.isInstalled(before.config, stored, slot)
  const grace = emergency ? 0 : (graceSeconds ?? rules.graceSeconds(before.config))
  const after = installs
    ? // Until the ESP has the new version, the old ones stay active: whatever fails, one of them works.
      rows.map((row) => (isVersion(row, slot, version) ? active(row, nowMs) : row))
    : isGenerated && hold && rules.isFetched(slot) && !emergency
      ? rows
      : takeOver(rows, { slot, version }, nowMs, grace)
  const values = opened.map((one) => one.secret)
  return planFrom(rules, before, after, {
    slot,
    version,
    force,
    action: 'secret.rotated',
    leaked,
    config: rules.withSecret(before.config, values, checked.secret),
    ...(isGenerated && !installs && rules.isFetched(slot)
      ? withLink(owner, slot, version, request.link, nowMs)
      : {}),
    ...(installs ? { also: ({ pendingInstalls }) => pendingInstalls.add(owner, slot, version, nowMs) } : {}),
  })
}

/** Activates a pending or a retiring version. */
export function planActivate<Config>(
  before: Stored<Config>,
  slot: string,
  version: number,
  graceSeconds: number | undefined,
  { rules, nowMs }: PlanContext<Config>,
): Plan<Config> | NotChanged {
  const stored = revokeExpired(before.secrets, nowMs)
  const row = stored.find((one) => isVersion(one, slot, version))
  if (row === undefined || row.state === 'revoked') return UNKNOWN_SECRET
  const after = takeOver(stored, row, nowMs, graceSeconds ?? rules.graceSeconds(before.config))
  return planFrom(rules, before, after, { slot, version, force: false, action: 'secret.activated' })
}

export async function planRevoke<Config>(
  before: Stored<Config>,
  slot: string,
  version: number,
  force: boolean,
  context: PlanContext<Config>,
): Promise<Plan<Config> | NotChanged> {
  const { rules, sealer, nowMs } = context
  const stored = revokeExpired(before.secrets, nowMs)
  const row = stored.find((one) => isVersion(one, slot, version))
  if (row === undefined || row.state === 'revoked') return UNKNOWN_SECRET
  const after = stored.map((one) => (one === row ? revoked(one, nowMs) : one))
  const owner = rules.keyOf(before.name)
  // A value that no master key opens can still be revoked. Its hash cannot be stored.
  const opened = await unlessUnreadable(() => openVersions(sealer, owner, [row]))
  const leaked = opened === 'secret_unreadable' ? undefined : await leakedOf(owner, opened, context)
  return planFrom(rules, before, after, { slot, version, force, action: 'secret.revoked', leaked })
}

/** A new link for a generated value that is still pending. A value that was fetched is never shown again. */
export function planLink<Config>(
  before: Stored<Config>,
  slot: string,
  version: number,
  link: LinkRequest,
  { rules, nowMs }: PlanContext<Config>,
): Plan<Config> | NotChanged {
  const row = before.secrets.find((one) => isVersion(one, slot, version))
  if (row?.state !== 'pending' || row.origin !== 'postern') return UNKNOWN_SECRET
  const action = 'secret.linked'
  return planFrom(rules, before, before.secrets, {
    slot,
    version,
    force: true,
    action,
    ...withLink(rules.keyOf(before.name), slot, version, link, nowMs),
  })
}

/** Somebody has fetched the value: a pending version takes over, and the link is removed. */
export function planRetrieved<Config>(
  before: Stored<Config>,
  { slot, version }: Pick<SecretVersion, 'slot' | 'version'>,
  sha256: string,
  { rules, nowMs }: PlanContext<Config>,
): Plan<Config> | NotChanged {
  const stored = revokeExpired(before.secrets, nowMs)
  const row = stored.find((one) => isVersion(one, slot, version))
  if (row === undefined || row.sealed === null) return UNKNOWN_SECRET
  const after =
    row.state === 'pending' ? takeOver(stored, row, nowMs, rules.graceSeconds(before.config)) : stored
  return planFrom(rules, before, after, {
    slot,
    version,
    force: false,
    action: 'secret.retrieved',
    also: ({ links }) => links.remove(sha256),
  })
}

/** The ESP has accepted the new version: the previous ones retire. */
export function planInstalled<Config>(
  before: Stored<Config>,
  slot: string,
  version: number,
  { rules, nowMs }: PlanContext<Config>,
): Plan<Config> | NotChanged {
  const stored = revokeExpired(before.secrets, nowMs)
  const row = stored.find((one) => isVersion(one, slot, version))
  if (row === undefined || row.sealed === null) return UNKNOWN_SECRET
  const after = takeOver(stored, row, nowMs, rules.graceSeconds(before.config))
  return planFrom(rules, before, after, {
    slot,
    version,
    force: false,
    action: 'secret.installed',
    also: ({ pendingInstalls }) =>
      pendingInstalls.remove({ source: rules.keyOf(before.name), slot, version }),
  })
}

/** Revokes retiring versions whose time is over. */
export function planExpiry<Config>(
  before: Stored<Config>,
  { rules, nowMs }: PlanContext<Config>,
): Plan<Config> | Unchanged {
  const after = revokeExpired(before.secrets, nowMs)
  if (after.every((row, i) => row === before.secrets[i])) return { ok: true, next: 'unchanged' }
  const next = { config: before.config, secrets: pruned(after) }
  const draft = draftOf(rules, 'secret.expired', pathOf(rules.keyOf(before.name)), before, next)
  return { ok: true, next, version: null, draft }
}

interface SecretChange<Config> extends Pick<Plan<Config>, 'also' | 'link'> {
  readonly slot: string
  readonly version: number | null
  readonly force: boolean
  readonly action: AuditAction
  /** The new settings; absent when they do not change. */
  readonly config?: Config
  readonly leaked?: Leaked | undefined
}

async function leakedOf<Config>(
  owner: string,
  opened: readonly OpenedSecret[],
  { keyedHash, nowMs }: PlanContext<Config>,
): Promise<Leaked> {
  const hashes = opened.flatMap(({ row, secret }) =>
    secret === null ? [] : [keyedHash(owner, row.slot, secret)],
  )
  return { hashes: await Promise.all(hashes), atMs: nowMs }
}

/** Refuses, unless forced, a change after which the owner could not work, if it can now. */
function planFrom<Config>(
  rules: OwnerRules<Config>,
  before: Stored<Config>,
  rows: readonly StoredSecret[],
  change: SecretChange<Config>,
): Plan<Config> | NotChanged {
  const { slot, version, force, action, link, leaked } = change
  const mayStrand = force && rules.mayStrand
  if (!mayStrand && rules.canWork(before.config, before.secrets) && !rules.canWork(before.config, rows))
    return { ok: false, code: 'would_strand' }
  if (rows.filter((row) => row.slot === slot && row.sealed !== null).length > MAX_VALUES_PER_SLOT)
    return { ok: false, code: 'too_many_versions' }
  const config = rules.withVersions(change.config ?? before.config, before.secrets, rows)
  const next = { config, secrets: pruned(rows) }
  const owner = rules.keyOf(before.name)
  const target = `secret/${owner}/${slot}${version === null ? '' : `/${version}`}`
  const also: Plan<Config>['also'] = (tables) => {
    if (leaked !== undefined) tables.leaks.add(owner, slot, leaked)
    change.also?.(tables)
  }
  return { ok: true, next, version, draft: draftOf(rules, action, target, before, next), also, link }
}

function withLink(
  owner: string,
  slot: string,
  version: number,
  request: LinkRequest | undefined,
  nowMs: number,
): Pick<Plan<unknown>, 'also' | 'link'> {
  if (request === undefined) return {}
  const { sha256, lifeSeconds } = request
  const link = { sha256, source: owner, slot, version, endsAtMs: nowMs + lifeSeconds * 1_000 }
  return { link, also: ({ links }) => links.write(link) }
}

const isVersion = (row: StoredSecret, slot: string, version: number): boolean =>
  row.slot === slot && row.version === version

const revokeSlot =
  (slot: string, nowMs: number) =>
  (row: StoredSecret): StoredSecret =>
    row.slot === slot && row.state !== 'revoked' ? revoked(row, nowMs) : row

const revokePending =
  (slot: string, nowMs: number) =>
  (row: StoredSecret): StoredSecret =>
    row.slot === slot && row.state === 'pending' ? revoked(row, nowMs) : row

const UNKNOWN_SECRET: NotChanged & { readonly code: 'secret_unknown' } = { ok: false, code: 'secret_unknown' }
