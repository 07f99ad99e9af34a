/** Plans a change of one secret before anything is written. */
import { providerNamed } from '../../providers/index.ts'
import type { AuditAction } from '../audit/entry.ts'
import { withStricterDefaults } from '../sources/default-strictness.ts'
import type { SourceConfig } from '../sources/document.ts'
import { isInstalled } from '../installation/index.ts'
import { generateValue } from './generated.ts'
import { type Leaked, leakProblems } from './leaks.ts'
import { type OpenedSecret, newVersion } from './reconcile.ts'
import { openVersions, sealVersions, unlessUnreadable } from './sealed.ts'
import {
  type StoredSecret,
  active,
  activeSlots,
  nextVersion,
  pruned,
  revoked,
  revokeExpired,
  takeOver,
} from './transitions.ts'
import { type Plan, type PlanContext, type Unchanged, draftOf } from '../sources/plan.ts'
import { withNewUrl } from '../sources/public-url.ts'
import { MAX_VALUES_PER_SLOT, checkValue } from '../secrets/index.ts'
import { methodProblems } from '../secrets/methods.ts'
import type { LinkRequest, RotateRequest } from './contract.ts'
import type { SecretVersion } from './secret-version.ts'
import type { NotChanged } from '../sources/source.ts'
import type { StoredSource } from '../sources/source-tables.ts'

/** A new version takes over; in an emergency the old ones are revoked at once. */
export async function planRotate(
  before: StoredSource,
  request: RotateRequest,
  context: PlanContext,
): Promise<Plan | NotChanged> {
  const { sealer, nowMs, leaks, keyedHash } = context
  const { slot, value, graceSeconds, emergency = false, force = false, hold = false } = request
  const provider = providerNamed(before.config.provider)
  if (provider === undefined || !Object.hasOwn(provider.secrets, slot)) return UNKNOWN_SECRET

  const stored = revokeExpired(before.secrets, nowMs)
  const opened = await openVersions(
    sealer,
    before.name,
    stored.filter((row) => row.slot === slot),
  )
  const leaked = emergency ? await leakedOf(before.name, opened, context) : undefined
  const current = opened.findLast(({ row, secret }) => secret !== null && row.state === 'active')?.secret
  const generated = value === undefined ? generateValue(provider, slot, current ?? undefined) : undefined
  if (value === undefined && generated === undefined) {
    if (!emergency) return { ok: false, code: 'value_needed' }
    return planFrom(before, stored.map(revokeSlot(slot, nowMs)), {
      slot,
      version: null,
      force,
      action: 'secret.revoked',
      leaked,
    })
  }

  const checked = await checkValue(provider, slot, value ?? generated, before.config)
  if (!checked.ok) return { ok: false, code: 'document_invalid', problems: checked.problems }
  const isGenerated = value === undefined
  const leakedBefore = force
    ? []
    : await leakProblems(before.name, [{ slot, secret: checked.secret }], leaks, keyedHash)
  if (leakedBefore.length > 0) return { ok: false, code: 'document_invalid', problems: leakedBefore }
  const version = nextVersion(stored, slot)
  const added = await sealVersions(sealer, before.name, [
    { ...newVersion(slot, version, isGenerated ? 'postern' : 'operator', nowMs), secret: checked.secret },
  ])
  const rows = [...stored.map(emergency ? revokeSlot(slot, nowMs) : revokePending(slot, nowMs)), ...added]
  const installs = isInstalled(before.config, stored, slot)
  const grace = emergency ? 0 : (graceSeconds ?? before.config.rotationGraceSeconds)
  const after = installs
    ? // Until the ESP has the new version, the old ones stay active: whatever fails, one of them works.
      rows.map((row) => (isVersion(row, slot, version) ? active(row, nowMs) : row))
    : isGenerated && hold && !emergency
      ? rows
      : takeOver(rows, { slot, version }, nowMs, grace)
  return planFrom(before, after, {
    slot,
    version,
    force,
    action: 'secret.rotated',
    leaked,
    config: withNewUrl(
      before.config,
      opened.map((one) => one.secret),
      checked.secret,
    ),
    ...(isGenerated && !installs ? withLink(before, slot, version, request.link, nowMs) : {}),
    ...(installs
      ? { also: ({ pendingInstalls }) => pendingInstalls.add(before.name, slot, version, nowMs) }
      : {}),
  })
}

/** Activates a pending or a retiring version. */
export function planActivate(
  before: StoredSource,
  slot: string,
  version: number,
  graceSeconds: number | undefined,
  { nowMs }: PlanContext,
): Plan | NotChanged {
  const stored = revokeExpired(before.secrets, nowMs)
  const row = stored.find((one) => isVersion(one, slot, version))
  if (row === undefined || row.state === 'revoked') return UNKNOWN_SECRET
  const after = takeOver(stored, row, nowMs, graceSeconds ?? before.config.rotationGraceSeconds)
  return planFrom(before, after, { slot, version, force: false, action: 'secret.activated' })
}

export async function planRevoke(
  before: StoredSource,
  slot: string,
  version: number,
  force: boolean,
  context: PlanContext,
): Promise<Plan | NotChanged> {
  const { sealer, nowMs } = context
  const stored = revokeExpired(before.secrets, nowMs)
  const row = stored.find((one) => isVersion(one, slot, version))
  if (row === undefined || row.state === 'revoked') return UNKNOWN_SECRET
  const after = stored.map((one) => (one === row ? revoked(one, nowMs) : one))
  // A value that no master key opens can still be revoked. Its hash cannot be stored.
  const opened = await unlessUnreadable(() => openVersions(sealer, before.name, [row]))
  const leaked = opened === 'secret_unreadable' ? undefined : await leakedOf(before.name, opened, context)
  return planFrom(before, after, { slot, version, force, action: 'secret.revoked', leaked })
}

/** A new link for a generated value that is still pending. A value that was fetched is never shown again. */
export function planLink(
  before: StoredSource,
  slot: string,
  version: number,
  link: LinkRequest,
  { nowMs }: PlanContext,
): Plan | NotChanged {
  const row = before.secrets.find((one) => isVersion(one, slot, version))
  if (row?.state !== 'pending' || row.origin !== 'postern') return UNKNOWN_SECRET
  const action = 'secret.linked'
  return planFrom(before, before.secrets, {
    slot,
    version,
    force: true,
    action,
    ...withLink(before, slot, version, link, nowMs),
  })
}

/** Somebody has fetched the value: a pending version takes over, and the link is removed. */
export function planRetrieved(
  before: StoredSource,
  { slot, version }: Pick<SecretVersion, 'slot' | 'version'>,
  sha256: string,
  { nowMs }: PlanContext,
): Plan | NotChanged {
  const stored = revokeExpired(before.secrets, nowMs)
  const row = stored.find((one) => isVersion(one, slot, version))
  if (row === undefined || row.sealed === null) return UNKNOWN_SECRET
  const after =
    row.state === 'pending' ? takeOver(stored, row, nowMs, before.config.rotationGraceSeconds) : stored
  return planFrom(before, after, {
    slot,
    version,
    force: false,
    action: 'secret.retrieved',
    also: ({ links }) => links.remove(sha256),
  })
}

/** The ESP has accepted the new version: the previous ones retire. */
export function planInstalled(
  before: StoredSource,
  slot: string,
  version: number,
  { nowMs }: PlanContext,
): Plan | NotChanged {
  const stored = revokeExpired(before.secrets, nowMs)
  const row = stored.find((one) => isVersion(one, slot, version))
  if (row === undefined || row.sealed === null) return UNKNOWN_SECRET
  const after = takeOver(stored, row, nowMs, before.config.rotationGraceSeconds)
  return planFrom(before, after, {
    slot,
    version,
    force: false,
    action: 'secret.installed',
    also: ({ pendingInstalls }) => pendingInstalls.remove({ source: before.name, slot, version }),
  })
}

/** Revokes retiring versions whose time is over. */
export function planExpiry(before: StoredSource, { nowMs }: PlanContext): Plan | Unchanged {
  const after = revokeExpired(before.secrets, nowMs)
  if (after.every((row, i) => row === before.secrets[i])) return { ok: true, next: 'unchanged' }
  const next = { config: before.config, secrets: pruned(after) }
  const draft = draftOf('secret.expired', `source/${before.name}`, before, next)
  return { ok: true, next, version: null, draft }
}

interface SecretChange extends Pick<Plan, 'also' | 'link'> {
  readonly slot: string
  readonly version: number | null
  readonly force: boolean
  readonly action: AuditAction
  /** The new settings; absent when they do not change. */
  readonly config?: SourceConfig
  readonly leaked?: Leaked | undefined
}

async function leakedOf(
  source: string,
  opened: readonly OpenedSecret[],
  { keyedHash, nowMs }: PlanContext,
): Promise<Leaked> {
  const hashes = opened.flatMap(({ row, secret }) =>
    secret === null ? [] : [keyedHash(source, row.slot, secret)],
  )
  return { hashes: await Promise.all(hashes), atMs: nowMs }
}

/** Refuses, unless forced, a change after which no secret would authenticate deliveries, if one does now. */
function planFrom(
  before: StoredSource,
  rows: readonly StoredSecret[],
  change: SecretChange,
): Plan | NotChanged {
  const { slot, version, force, action, link, leaked } = change
  if (!force && canAuthenticate(before, before.secrets) && !canAuthenticate(before, rows))
    return { ok: false, code: 'would_strand' }
  if (rows.filter((row) => row.slot === slot && row.sealed !== null).length > MAX_VALUES_PER_SLOT)
    return { ok: false, code: 'too_many_versions' }
  const next = { config: stricter(before, rows, change.config), secrets: pruned(rows) }
  const target = `secret/${before.name}/${slot}${version === null ? '' : `/${version}`}`
  const also: Plan['also'] = (tables) => {
    if (leaked !== undefined) tables.leaks.add(before.name, slot, leaked)
    change.also?.(tables)
  }
  return { ok: true, next, version, draft: draftOf(action, target, before, next), also, link }
}

function withLink(
  { name }: StoredSource,
  slot: string,
  version: number,
  request: LinkRequest | undefined,
  nowMs: number,
): Pick<Plan, 'also' | 'link'> {
  if (request === undefined) return {}
  const { sha256, lifeSeconds } = request
  const link = { sha256, source: name, slot, version, endsAtMs: nowMs + lifeSeconds * 1_000 }
  return { link, also: ({ links }) => links.write(link) }
}

function stricter(
  { secrets, ...before }: StoredSource,
  rows: readonly StoredSecret[],
  config = before.config,
): SourceConfig {
  const provider = providerNamed(config.provider)
  if (provider === undefined) return config
  return withStricterDefaults(provider, config, acceptedSlots(secrets), acceptedSlots(rows))
}

const acceptedSlots = (rows: readonly StoredSecret[]): ReadonlySet<string> =>
  new Set(rows.filter(({ state }) => state === 'active' || state === 'retiring').map(({ slot }) => slot))

function canAuthenticate({ config }: StoredSource, rows: readonly StoredSecret[]): boolean {
  const provider = providerNamed(config.provider)
  return provider !== undefined && methodProblems(provider, config, activeSlots(rows)).length === 0
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

const UNKNOWN_SECRET: NotChanged = { ok: false, code: 'secret_unknown' }
