/** Plans a change of one secret before anything is written. */
import type { AuditAction } from '../audit/entry.ts'
import { type RotatingKind, type Stored, pathOf } from '../owners/owner.ts'
import {
  type Decided,
  type Plan,
  type PlanContext,
  UNCHANGED,
  type Unchanged,
  draftOf,
  linkTo,
} from '../owners/plan.ts'
import { type Leaked, leakProblems } from './leaks.ts'
import { type OpenedSecret, keyOf, newVersion } from './reconcile.ts'
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
import type { LinkRequest, RotateRequest, SecretRequest } from './contract.ts'
import type { SecretVersion } from './secret-version.ts'
import type { NotChanged } from '../sources/source.ts'

/** Plans what an operator asks for one secret of an owner. */
export function planSecret<Config>(
  kind: RotatingKind<Config>,
  before: Stored<Config>,
  request: SecretRequest,
  context: PlanContext,
): Plan<Config> | NotChanged | Promise<Decided<Config>> {
  if (!kind.isRotated(request.slot)) return UNKNOWN_SECRET
  if (request.kind === 'rotate') return planRotate(kind, before, request, context)
  if (request.kind === 'activate') return planActivate(kind, before, request, context)
  if (request.kind === 'revoke') return planRevoke(kind, before, request, context)
  return planLink(kind, before, request, context)
}

/** A new version takes over; in an emergency the old ones are revoked at once. */
async function planRotate<Config>(
  kind: RotatingKind<Config>,
  before: Stored<Config>,
  request: RotateRequest,
  context: PlanContext,
): Promise<Decided<Config>> {
  const { sealer, nowMs, leaks, keyedHash } = context
  const { slot, value, graceSeconds, emergency = false, force = false, hold = false } = request
  const { generatedOnly = false, unlessActive = false } = request
  const slots = kind.slots(before.config)
  if (!slots.includes(slot)) return { ...UNKNOWN_SECRET, slots }
  const owner = kind.keyOf(before.name)

  const stored = revokeExpired(before.secrets, nowMs)
  const inSlot = stored.filter((row) => row.slot === slot)
  const opened = await openVersions(sealer, owner, inSlot)
  const leaked = emergency ? await leakedOf(owner, opened, context) : undefined
  const current = opened.findLast(({ row, secret }) => secret !== null && row.state === 'active')?.secret
  const generated = value === undefined ? kind.generate(before.config, slot, current ?? undefined) : undefined
  if (value === undefined && generated === undefined) {
    if (!emergency || generatedOnly) return { ok: false, code: 'value_needed' }
    return planFrom(kind, before, stored.map(revokeSlot(slot, nowMs)), {
      slot,
      version: null,
      force,
      action: 'secret.revoked',
      leaked,
    })
  }

  const checked = await kind.check(before.config, slot, value ?? generated)
  if (!checked.ok) return { ok: false, code: 'document_invalid', problems: checked.problems }
  const present = opened.filter(({ row }) => row.state === 'active')
  const values = new Set(present.flatMap(({ secret }) => (secret === null ? [] : keyOf(slot, secret))))
  if (unlessActive && values.has(keyOf(slot, checked.secret))) return UNCHANGED
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
  const installs = kind.isInstalled(before.config, stored, slot)
  const grace = emergency ? 0 : (graceSeconds ?? kind.graceSeconds(before.config))
  const after = installs
    ? // Until the ESP has the new version, the old ones stay active: whatever fails, one of them works.
      rows.map((row) => (isVersion(row, slot, version) ? active(row, nowMs) : row))
    : isGenerated && hold && kind.isFetched(slot) && !emergency
      ? rows
      : takeOver(rows, { slot, version }, nowMs, grace)
  return planFrom(kind, before, after, {
    slot,
    version,
    force,
    action: 'secret.rotated',
    leaked,
    config: kind.withSecret(
      before.config,
      opened.map((one) => one.secret),
      checked.secret,
    ),
    ...(isGenerated && !installs && kind.isFetched(slot)
      ? withLink(owner, slot, version, request.link, nowMs)
      : {}),
    ...(installs ? { also: ({ pendingInstalls }) => pendingInstalls.add(owner, slot, version, nowMs) } : {}),
  })
}

/** Activates a pending or a retiring version. */
function planActivate<Config>(
  kind: RotatingKind<Config>,
  before: Stored<Config>,
  { slot, version, graceSeconds }: RequestOf<'activate'>,
  { nowMs }: PlanContext,
): Plan<Config> | NotChanged {
  const stored = revokeExpired(before.secrets, nowMs)
  const row = stored.find((one) => isVersion(one, slot, version))
  if (row === undefined || row.state === 'revoked') return UNKNOWN_SECRET
  const after = takeOver(stored, row, nowMs, graceSeconds ?? kind.graceSeconds(before.config))
  return planFrom(kind, before, after, { slot, version, force: false, action: 'secret.activated' })
}

async function planRevoke<Config>(
  kind: RotatingKind<Config>,
  before: Stored<Config>,
  { slot, version, force = false }: RequestOf<'revoke'>,
  context: PlanContext,
): Promise<Plan<Config> | NotChanged> {
  const { sealer, nowMs } = context
  const stored = revokeExpired(before.secrets, nowMs)
  const row = stored.find((one) => isVersion(one, slot, version))
  if (row === undefined || row.state === 'revoked') return UNKNOWN_SECRET
  const after = stored.map((one) => (one === row ? revoked(one, nowMs) : one))
  const owner = kind.keyOf(before.name)
  // A value that no master key opens can still be revoked. Its hash cannot be stored.
  const opened = await unlessUnreadable(() => openVersions(sealer, owner, [row]))
  const leaked = opened === 'secret_unreadable' ? undefined : await leakedOf(owner, opened, context)
  return planFrom(kind, before, after, { slot, version, force, action: 'secret.revoked', leaked })
}

/** A new link for a generated value that is still pending. A value that was fetched is never shown again. */
function planLink<Config>(
  kind: RotatingKind<Config>,
  before: Stored<Config>,
  { slot, version, link }: RequestOf<'link'>,
  { nowMs }: PlanContext,
): Plan<Config> | NotChanged {
  const row = before.secrets.find((one) => isVersion(one, slot, version))
  if (row?.state !== 'pending' || row.origin !== 'postern') return UNKNOWN_SECRET
  const action = 'secret.linked'
  return planFrom(kind, before, before.secrets, {
    slot,
    version,
    force: true,
    action,
    ...withLink(kind.keyOf(before.name), slot, version, link, nowMs),
  })
}

/** Somebody has fetched the value: a pending version takes over, and the link is removed. */
export function planRetrieved<Config>(
  kind: RotatingKind<Config>,
  before: Stored<Config>,
  { slot, version }: Pick<SecretVersion, 'slot' | 'version'>,
  sha256: string,
  { nowMs }: PlanContext,
): Plan<Config> | NotChanged {
  const stored = revokeExpired(before.secrets, nowMs)
  const row = stored.find((one) => isVersion(one, slot, version))
  if (row === undefined || row.sealed === null) return UNKNOWN_SECRET
  const after =
    row.state === 'pending' ? takeOver(stored, row, nowMs, kind.graceSeconds(before.config)) : stored
  return planFrom(kind, before, after, {
    slot,
    version,
    force: false,
    action: 'secret.retrieved',
    also: ({ links }) => links.remove(sha256),
  })
}

/** The ESP has accepted the new version: the previous ones retire. */
export function planInstalled<Config>(
  kind: RotatingKind<Config>,
  before: Stored<Config>,
  slot: string,
  version: number,
  { nowMs }: PlanContext,
): Plan<Config> | NotChanged {
  const stored = revokeExpired(before.secrets, nowMs)
  const row = stored.find((one) => isVersion(one, slot, version))
  if (row === undefined || row.sealed === null) return UNKNOWN_SECRET
  const after = takeOver(stored, row, nowMs, kind.graceSeconds(before.config))
  return planFrom(kind, before, after, {
    slot,
    version,
    force: false,
    action: 'secret.installed',
    also: ({ pendingInstalls }) => pendingInstalls.remove({ source: kind.keyOf(before.name), slot, version }),
  })
}

/** Revokes retiring versions whose time is over. */
export function planExpiry<Config>(
  kind: RotatingKind<Config>,
  before: Stored<Config>,
  { nowMs }: PlanContext,
): Plan<Config> | Unchanged {
  const after = revokeExpired(before.secrets, nowMs)
  if (after.every((row, i) => row === before.secrets[i])) return UNCHANGED
  const next = { config: before.config, secrets: pruned(after) }
  const draft = draftOf(kind, 'secret.expired', pathOf(kind.keyOf(before.name)), before, next)
  return { ok: true, next, version: null, draft }
}

type RequestOf<Kind extends SecretRequest['kind']> = Extract<SecretRequest, { readonly kind: Kind }>

interface SecretChange<Config> extends Pick<Plan<Config>, 'also' | 'link'> {
  readonly slot: string
  readonly version: number | null
  readonly force: boolean
  readonly action: AuditAction
  /** The new settings; absent when they do not change. */
  readonly config?: Config
  readonly leaked?: Leaked | undefined
}

async function leakedOf(
  owner: string,
  opened: readonly OpenedSecret[],
  { keyedHash, nowMs }: PlanContext,
): Promise<Leaked> {
  const hashes = opened.flatMap(({ row, secret }) =>
    secret === null ? [] : [keyedHash(owner, row.slot, secret)],
  )
  return { hashes: await Promise.all(hashes), atMs: nowMs }
}

/** Refuses, unless forced, a change after which the owner could not work, if it can now. */
function planFrom<Config>(
  kind: RotatingKind<Config>,
  before: Stored<Config>,
  rows: readonly StoredSecret[],
  change: SecretChange<Config>,
): Plan<Config> | NotChanged {
  const { slot, version, force, action, link, leaked } = change
  const forceMayDisable = force && kind.forceMayDisable
  if (!forceMayDisable && kind.canWork(before.config, before.secrets) && !kind.canWork(before.config, rows))
    return { ok: false, code: 'would_strand' }
  if (rows.filter((row) => row.slot === slot && row.sealed !== null).length > MAX_VALUES_PER_SLOT)
    return { ok: false, code: 'too_many_versions' }
  const config = kind.withVersions(change.config ?? before.config, before.secrets, rows)
  const next = { config, secrets: pruned(rows) }
  const owner = kind.keyOf(before.name)
  const target = `secret/${owner}/${slot}${version === null ? '' : `/${version}`}`
  const also: Plan<Config>['also'] = (tables) => {
    if (leaked !== undefined) tables.leaks.add(owner, slot, leaked)
    change.also?.(tables)
  }
  return { ok: true, next, version, draft: draftOf(kind, action, target, before, next), also, link }
}

function withLink(
  owner: string,
  slot: string,
  version: number,
  request: LinkRequest | undefined,
  nowMs: number,
): Pick<Plan<unknown>, 'also' | 'link'> {
  if (request === undefined) return {}
  const link = linkTo(owner, { slot, version }, request, nowMs)
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
