/** What a change of one secret will be, decided before anything is written. */
import { providerNamed } from '../../providers/index.ts'
import type { AuditAction } from '../audit/entry.ts'
import { withStricterDefaults } from '../sources/default-strictness.ts'
import type { SourceConfig } from '../sources/document.ts'
import { isInstalled } from '../installation/index.ts'
import { makeValue } from './generated.ts'
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
  swept,
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

/** A new version takes over, or the old ones end at once. */
export async function planRotate(
  before: StoredSource,
  request: RotateRequest,
  context: PlanContext,
): Promise<Plan | NotChanged> {
  const { sealer, nowMs, leaks, mark } = context
  const { slot, value, graceSeconds, emergency = false, force = false, hold = false } = request
  const provider = providerNamed(before.config.provider)
  if (provider === undefined || !Object.hasOwn(provider.secrets, slot)) return UNKNOWN_SECRET

  const stored = swept(before.secrets, nowMs)
  const opened = await openVersions(
    sealer,
    before.name,
    stored.filter((row) => row.slot === slot),
  )
  const leaked = emergency ? await leakedOf(before.name, opened, context) : undefined
  const present = opened.findLast(({ row, secret }) => secret !== null && row.state === 'active')?.secret
  const made = value === undefined ? makeValue(provider, slot, present ?? undefined) : undefined
  if (value === undefined && made === undefined) {
    if (!emergency) return { ok: false, code: 'value_needed' }
    return finish(before, stored.map(ending(slot, nowMs)), {
      slot,
      version: null,
      force,
      action: 'secret.revoked',
      leaked,
    })
  }

  const checked = await checkValue(provider, slot, value ?? made, before.config)
  if (!checked.ok) return { ok: false, code: 'document_invalid', problems: checked.problems }
  const isMade = value === undefined
  const known = force ? [] : await leakProblems(before.name, [{ slot, secret: checked.secret }], leaks, mark)
  if (known.length > 0) return { ok: false, code: 'document_invalid', problems: known }
  const version = nextVersion(stored, slot)
  const added = await sealVersions(sealer, before.name, [
    { ...newVersion(slot, version, isMade ? 'postern' : 'operator', nowMs), secret: checked.secret },
  ])
  const rows = [...stored.map(emergency ? ending(slot, nowMs) : dropPending(slot, nowMs)), ...added]
  const installs = isInstalled(before.config, stored, slot)
  const grace = emergency ? 0 : (graceSeconds ?? before.config.rotationGraceSeconds)
  const after = installs
    ? // The old ones stay as they are until the ESP has the new one: whatever fails meanwhile, one of them works.
      rows.map((row) => (isVersion(row, slot, version) ? active(row, nowMs) : row))
    : isMade && hold && !emergency
      ? rows
      : takeOver(rows, { slot, version }, nowMs, grace)
  return finish(before, after, {
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
    ...(isMade && !installs ? linked(before, slot, version, request.link, nowMs) : {}),
    ...(installs
      ? { also: ({ pendingInstalls }) => pendingInstalls.owe(before.name, slot, version, nowMs) }
      : {}),
  })
}

/** A version that waits, or retires, becomes the active one. */
export function planActivate(
  before: StoredSource,
  slot: string,
  version: number,
  graceSeconds: number | undefined,
  { nowMs }: PlanContext,
): Plan | NotChanged {
  const stored = swept(before.secrets, nowMs)
  const row = stored.find((one) => isVersion(one, slot, version))
  if (row === undefined || row.state === 'revoked') return UNKNOWN_SECRET
  const after = takeOver(stored, row, nowMs, graceSeconds ?? before.config.rotationGraceSeconds)
  return finish(before, after, { slot, version, force: false, action: 'secret.activated' })
}

export async function planRevoke(
  before: StoredSource,
  slot: string,
  version: number,
  force: boolean,
  context: PlanContext,
): Promise<Plan | NotChanged> {
  const { sealer, nowMs } = context
  const stored = swept(before.secrets, nowMs)
  const row = stored.find((one) => isVersion(one, slot, version))
  if (row === undefined || row.state === 'revoked') return UNKNOWN_SECRET
  const after = stored.map((one) => (one === row ? revoked(one, nowMs) : one))
  // One that no key opens can still be revoked; nothing will ever be equal to it.
  const opened = await unlessUnreadable(() => openVersions(sealer, before.name, [row]))
  const leaked = opened === 'secret_unreadable' ? undefined : await leakedOf(before.name, opened, context)
  return finish(before, after, { slot, version, force, action: 'secret.revoked', leaked })
}

/** Another link for a value that was made here and still waits. One that somebody has had is never shown again. */
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
  return finish(before, before.secrets, {
    slot,
    version,
    force: true,
    action,
    ...linked(before, slot, version, link, nowMs),
  })
}

/** Somebody has the value: a version that waited takes over, and the link is used up. */
export function planRetrieved(
  before: StoredSource,
  { slot, version }: Pick<SecretVersion, 'slot' | 'version'>,
  sha256: string,
  { nowMs }: PlanContext,
): Plan | NotChanged {
  const stored = swept(before.secrets, nowMs)
  const row = stored.find((one) => isVersion(one, slot, version))
  if (row === undefined || row.sealed === null) return UNKNOWN_SECRET
  const after =
    row.state === 'pending' ? takeOver(stored, row, nowMs, before.config.rotationGraceSeconds) : stored
  return finish(before, after, {
    slot,
    version,
    force: false,
    action: 'secret.retrieved',
    also: ({ links }) => links.drop(sha256),
  })
}

/** The ESP has the new version: those before it retire. */
export function planInstalled(
  before: StoredSource,
  slot: string,
  version: number,
  { nowMs }: PlanContext,
): Plan | NotChanged {
  const stored = swept(before.secrets, nowMs)
  const row = stored.find((one) => isVersion(one, slot, version))
  if (row === undefined || row.sealed === null) return UNKNOWN_SECRET
  const after = takeOver(stored, row, nowMs, before.config.rotationGraceSeconds)
  return finish(before, after, {
    slot,
    version,
    force: false,
    action: 'secret.installed',
    also: ({ pendingInstalls }) => pendingInstalls.paid({ source: before.name, slot, version }),
  })
}

/** Values whose time is over are forgotten. */
export function planSweep(before: StoredSource, { nowMs }: PlanContext): Plan | Unchanged {
  const after = swept(before.secrets, nowMs)
  if (after.every((row, i) => row === before.secrets[i])) return { ok: true, next: 'unchanged' }
  const next = { config: before.config, secrets: pruned(after) }
  const draft = draftOf('secret.expired', `source/${before.name}`, before, next)
  return { ok: true, next, version: null, draft }
}

interface Ending extends Pick<Plan, 'also' | 'link'> {
  readonly slot: string
  readonly version: number | null
  readonly force: boolean
  readonly action: AuditAction
  /** The settings that come of it; as they were when absent. */
  readonly config?: SourceConfig
  readonly leaked?: Leaked | undefined
}

async function leakedOf(
  source: string,
  opened: readonly OpenedSecret[],
  { mark, nowMs }: PlanContext,
): Promise<Leaked> {
  const marks = opened.flatMap(({ row, secret }) => (secret === null ? [] : [mark(source, row.slot, secret)]))
  return { marks: await Promise.all(marks), atMs: nowMs }
}

/** A change after which nothing would prove a delivery is made only by force, unless nothing does now. */
function finish(before: StoredSource, rows: readonly StoredSecret[], ending: Ending): Plan | NotChanged {
  const { slot, version, force, action, link, leaked } = ending
  if (!force && isProvable(before, before.secrets) && !isProvable(before, rows))
    return { ok: false, code: 'would_strand' }
  if (rows.filter((row) => row.slot === slot && row.sealed !== null).length > MAX_VALUES_PER_SLOT)
    return { ok: false, code: 'too_many_versions' }
  const next = { config: stricter(before, rows, ending.config), secrets: pruned(rows) }
  const target = `secret/${before.name}/${slot}${version === null ? '' : `/${version}`}`
  const also: Plan['also'] = (tables) => {
    if (leaked !== undefined) tables.leaks.note(before.name, slot, leaked)
    ending.also?.(tables)
  }
  return { ok: true, next, version, draft: draftOf(action, target, before, next), also, link }
}

function linked(
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

function isProvable({ config }: StoredSource, rows: readonly StoredSecret[]): boolean {
  const provider = providerNamed(config.provider)
  return provider !== undefined && methodProblems(provider, config, activeSlots(rows)).length === 0
}

const isVersion = (row: StoredSecret, slot: string, version: number): boolean =>
  row.slot === slot && row.version === version

const ending =
  (slot: string, nowMs: number) =>
  (row: StoredSecret): StoredSecret =>
    row.slot === slot && row.state !== 'revoked' ? revoked(row, nowMs) : row

const dropPending =
  (slot: string, nowMs: number) =>
  (row: StoredSecret): StoredSecret =>
    row.slot === slot && row.state === 'pending' ? revoked(row, nowMs) : row

const UNKNOWN_SECRET: NotChanged = { ok: false, code: 'secret_unknown' }
