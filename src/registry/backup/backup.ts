/** Makes a backup of the registry, and restores one in one transaction. */
import { RpcTarget } from 'cloudflare:workers'
import { type MasterKey, readMasterKeys } from '../../platform/master-key.ts'
import { type Sealer, sealer } from '../../platform/seal.ts'
import type { AuditDraft, Who } from '../audit/entry.ts'
import type { Changes } from '../changes.ts'
import { openVersions, sealVersions, unlessUnreadable } from '../rotation/sealed.ts'
import { type StoredSecret, revoked } from '../rotation/transitions.ts'
import type { OperatorTables } from '../operators/operator-tables.ts'
import type { OwnerKind, Stored } from '../owners/owner.ts'
import type { OwnerTables } from '../owners/owner-tables.ts'
import { type RestoredDestination, beginning, isPresent, pausingNew, restoredView } from './senders.ts'
import { type Dump, readDump, sealDump } from './dump.ts'
import { dumpRetention, restoredRetention, withoutHoldsOf } from './retention.ts'

/** A sealed backup, with facts that an operator may see. */
export interface Backup {
  readonly sealed: Uint8Array
  readonly madeAtMs: number
  readonly sources: number
  readonly destinations: number
  readonly channels: number
  /** Secrets that no master key opens. The backup does not have them. */
  readonly unreadable: number
  readonly auditSeq: number
}

/** A version of a secret that the restore makes accepted again, though it was revoked after the backup. */
export interface Revived {
  /** The source, `destination/<name>` or `channel/<name>`. */
  readonly source: string
  readonly slot: string
  readonly version: number
}

export interface RestoreOptions {
  /** Whether existing sources, destinations and channels may be replaced. */
  readonly replace: boolean
  /** Whether destinations and channels that this deployment does not have send at once, unless the backup has them paused. */
  readonly resume: boolean
  /** Addresses of people who were erased after the backup was made: their holds do not come back. */
  readonly erased?: readonly string[]
}

export type RestoreResult =
  | {
      readonly ok: true
      /** Sources, destinations and channels. */
      readonly restored: number
      readonly removed: number
      /** Reported to the operator, since a revoked secret may have leaked. */
      readonly revived: readonly Revived[]
      readonly destinations: readonly RestoredDestination[]
      readonly pausedChannels: readonly string[]
    }
  /** `not_empty`: sources, destinations or channels exist, and `replace` was not given. */
  | { readonly ok: false; readonly problem: 'foreign' | 'not_understood' | 'not_empty' }

export class Backups extends RpcTarget {
  readonly #changes: Changes
  readonly #operators: OperatorTables
  readonly #masterKey: string | undefined
  readonly #nowMs: () => number

  constructor(
    changes: Changes,
    operators: OperatorTables,
    masterKey: string | undefined,
    nowMs: () => number,
  ) {
    super()
    this.#changes = changes
    this.#operators = operators
    this.#masterKey = masterKey
    this.#nowMs = nowMs
  }

  /** All sources, destinations and channels with their secrets, and the tokens: sealed. */
  async make(who: Who): Promise<Backup> {
    const { audit, tables } = this.#changes
    const secrets = this.#changes.sealer()
    return this.#changes.inTurn(async () => {
      const madeAtMs = this.#nowMs()
      const head = audit.head()
      const { setups } = tables.sources
      const sources = (await dumpAll(tables.sources, secrets)).map((source) => ({
        ...source,
        verifiedAtMs: setups.of(source.name).verifiedAtMs ?? undefined,
      }))
      const destinations = await dumpAll(tables.destinations, secrets)
      const channels = await dumpAll(tables.channels, secrets)
      const counts = {
        sources: sources.length,
        destinations: destinations.length,
        channels: channels.length,
      }
      const draft = { action: 'backup.made', target: 'backup', before: null, after: counts } as const
      const dump: Dump = {
        version: 1,
        madeAtMs,
        sources,
        destinations,
        channels,
        retention: await dumpRetention(tables.retention, secrets),
        operators: dumpOperators(this.#operators),
        audit: { key: await audit.exportKey(secrets), head },
      }
      const sealed = await sealDump(dump, this.#sealer())
      audit.write(await audit.next(draft, who, madeAtMs, secrets))
      const unreadable = [...sources, ...destinations, ...channels]
        .flatMap((owner) => owner.secrets)
        .filter(({ state, secret }) => secret === null && state !== 'revoked').length
      return { sealed, madeAtMs, ...counts, unreadable, auditSeq: head.seq }
    })
  }

  /** The people whom holds in a backup name, and when it was made. Empty if it cannot be read: then a restore is refused. */
  async held(
    sealed: Uint8Array,
  ): Promise<{ readonly madeAtMs: number; readonly addresses: readonly string[] }> {
    const read = await readDump(sealed, this.#sealer())
    if (!read.ok) return { madeAtMs: 0, addresses: [] }
    const { madeAtMs, retention } = read.dump
    const addresses = retention?.holds.flatMap(({ person }) => (person === null ? [] : [person])) ?? []
    return { madeAtMs, addresses }
  }

  async restore(
    sealed: Uint8Array,
    { replace, resume, erased = [] }: RestoreOptions,
    who: Who,
  ): Promise<RestoreResult> {
    const read = await readDump(sealed, this.#sealer())
    if (!read.ok) return read
    const { dump } = read
    const { tables, audit } = this.#changes
    const secrets = this.#changes.sealer()
    const urgent = new Set<string>()
    const result = await this.#changes.inTurn(async (): Promise<RestoreResult> => {
      const present = presentIn(tables.sources)
      for (const name of present.keys()) urgent.add(name)
      const presentDestinations = presentIn(tables.destinations)
      const presentChannels = presentIn(tables.channels)
      const count = present.size + presentDestinations.size + presentChannels.size
      if (count > 0 && !replace) return { ok: false, problem: 'not_empty' }

      const nowMs = this.#nowMs()
      const { setups } = tables.sources
      // No set-up that is over comes back, neither by an older backup.
      const verified = dump.sources.flatMap((one) => {
        const atMs = one.verifiedAtMs ?? (isPresent(one, present) ? setups.of(one.name).verifiedAtMs : null)
        return atMs === null ? [] : [{ name: one.name, atMs }]
      })
      const comeBack = new Set(dump.sources.filter((one) => !isPresent(one, present)).map(({ name }) => name))
      const begun = beginning(dump.destinations, presentDestinations, !resume, nowMs)
      const quiet = resume ? dump.channels : pausingNew(dump.channels, presentChannels)
      const sources = await planRestore(tables.sources, present, dump.sources, secrets, nowMs)
      const destinations = await planRestore(tables.destinations, presentDestinations, begun, secrets, nowMs)
      const channels = await planRestore(tables.channels, presentChannels, quiet, secrets, nowMs)
      const planned = [sources, destinations, channels]
      const dumped = withoutHoldsOf(dump.retention, erased)
      const retention = await restoredRetention(dumped, tables.retention, secrets)
      const revived = planned.flatMap((one) => one.revived)
      const after = {
        madeAtMs: dump.madeAtMs,
        sources: sources.next.length,
        destinations: destinations.next.length,
        channels: channels.next.length,
        head: { ...dump.audit.head },
        revived: revived.map(({ source, slot, version }) => `${source}/${slot}/${version}`),
        paused: pausedNames(destinations.next),
        pausedChannels: pausedNames(channels.next),
        ...(retention === undefined ? {} : { retention: retention.record }),
      }
      const before = {
        sources: [...present.keys()],
        destinations: [...presentDestinations.keys()],
        channels: [...presentChannels.keys()],
      }
      const draft: AuditDraft = { action: 'backup.restored', target: 'backup', before, after }
      const adopted = await audit.adopt(dump.audit, secrets)
      const line = await adopted.next(draft, who, nowMs)
      await this.#changes.scheduleNotifications()
      this.#changes.atomically(() => {
        adopted.write()
        audit.write(line)
        this.#operators.restore(dump.operators, comeBack)
        this.#replace(sources, nowMs)
        for (const { name, atMs } of verified) setups.verified(name, atMs)
        this.#replace(destinations, nowMs)
        this.#replace(channels, nowMs)
        if (retention !== undefined)
          this.#changes.writeRetention(retention.settings, retention.sealedHolds, nowMs)
      })
      return {
        ok: true,
        restored: planned.reduce((sum, { next }) => sum + next.length, 0),
        removed: planned.reduce((sum, { removed }) => sum + removed.length, 0),
        revived,
        destinations: destinations.next.map((one) => restoredView(one, presentDestinations)),
        pausedChannels: pausedNames(channels.next),
      }
    })
    // Hardly a gateway has cached the others. Their guards, of which there may be thousands, are told by the alarm.
    if (result.ok) await this.#changes.sendPendingNotifications((name) => urgent.has(name))
    return result
  }

  /** With links and pending installs: their version numbers may belong to other versions after the restore. */
  #replace<Config>({ tables, present, next, removed }: PlannedRestore<Config>, nowMs: number): void {
    for (const name of present.keys()) tables.remove(name)
    for (const name of removed) this.#changes.write(tables, name, present.get(name), null, nowMs)
    for (const { name, ...owner } of next) this.#changes.write(tables, name, present.get(name), owner, nowMs)
  }

  #sealer(): Sealer {
    const masters: readonly [MasterKey, ...MasterKey[]] = readMasterKeys(this.#masterKey)
    return sealer(masters, 'backup')
  }
}

type Dumped = Dump['sources'][number]['secrets'][number]

const dumpAll = <Config>(
  tables: OwnerTables<Config>,
  sealer: Sealer,
): Promise<(Omit<Stored<Config>, 'version' | 'secrets'> & { secrets: Dumped[] })[]> =>
  Promise.all(
    tables.all().map(async ({ version: _version, secrets, ...owner }) => ({
      ...owner,
      secrets: await Promise.all(
        secrets.map((row) => dumpVersion(row, tables.kind.keyOf(owner.name), sealer)),
      ),
    })),
  )

/** A secret that no master key opens is left out, so that all others are backed up. */
async function dumpVersion(
  { sealed, ...version }: StoredSecret,
  owner: string,
  sealer: Sealer,
): Promise<Dumped> {
  const opened = await unlessUnreadable(() => openVersions(sealer, owner, [{ ...version, sealed }]))
  return { ...version, secret: opened === 'secret_unreadable' ? null : (opened[0]?.secret ?? null) }
}

type Restored<Config> = Pick<Stored<Config>, 'name' | 'config' | 'createdAtMs' | 'secrets'>
type DumpedOwner<Config> = Omit<Restored<Config>, 'secrets'> & { readonly secrets: readonly Dumped[] }

type Present<Config> = ReadonlyMap<string, Stored<Config>>

interface PlannedRestore<Config> {
  readonly tables: OwnerTables<Config>
  readonly present: Present<Config>
  readonly next: readonly Restored<Config>[]
  /** Names that the backup does not have. */
  readonly removed: readonly string[]
  readonly revived: readonly Revived[]
}

const presentIn = <Config>(tables: OwnerTables<Config>): Present<Config> =>
  new Map(tables.all().map((owner) => [owner.name, owner]))

async function planRestore<Config>(
  tables: OwnerTables<Config>,
  present: Present<Config>,
  owners: readonly DumpedOwner<Config>[],
  sealer: Sealer,
  nowMs: number,
): Promise<PlannedRestore<Config>> {
  const { kind } = tables
  const next = await Promise.all(owners.map((owner) => restored(kind, owner, sealer, nowMs)))
  const names = new Set(next.map(({ name }) => name))
  return {
    tables,
    present,
    next,
    removed: [...present.keys()].filter((name) => !names.has(name)),
    revived: next.flatMap((owner) => revivedIn(kind.keyOf(owner.name), owner, present.get(owner.name))),
  }
}

/**
 * A version whose value the backup lacks can verify and sign nothing: it is revoked, so that it is seen to be missing. A destination
 * gets new secrets in place of those.
 */
async function restored<Config>(
  kind: OwnerKind<Config>,
  { name, config, createdAtMs, secrets }: DumpedOwner<Config>,
  sealer: Sealer,
  nowMs: number,
): Promise<Restored<Config>> {
  const rows: StoredSecret[] = []
  for (const { secret, ...version } of secrets) {
    const lost = { ...version, sealed: null }
    if (secret === null) rows.push(version.state === 'revoked' ? lost : revoked(lost, nowMs))
    else rows.push(...(await sealVersions(sealer, kind.keyOf(name), [{ ...version, secret }])))
  }
  const missing = (await kind.missing?.(config, rows, nowMs)) ?? []
  rows.push(...(await sealVersions(sealer, kind.keyOf(name), missing)))
  return { name, config, createdAtMs, secrets: rows }
}

const pausedNames = (
  owners: readonly Pick<Restored<{ readonly paused: boolean }>, 'name' | 'config'>[],
): string[] => owners.filter(({ config }) => config.paused).map(({ name }) => name)

/** Compares the time of creation too: an owner that was removed and created again uses the same version numbers. */
function revivedIn(
  source: string,
  { secrets }: Pick<Restored<unknown>, 'secrets'>,
  present: Stored<unknown> | undefined,
): Revived[] {
  const revokedOnes = present?.secrets.filter(({ state }) => state === 'revoked')
  const revokedKeys = new Set(revokedOnes?.map(keyOf))
  return secrets
    .filter((row) => row.sealed !== null && revokedKeys.has(keyOf(row)))
    .map(({ slot, version }) => ({ source, slot, version }))
}

const keyOf = ({ slot, version, createdAtMs }: StoredSecret): string => `${slot}/${version}/${createdAtMs}`

/** Tokens as hashes, which nobody can log in with. Lists are copied, since the schema's type has mutable ones. */
const dumpOperators = (operators: OperatorTables): Dump['operators'] => ({
  tokens: operators.tokens().map(({ sources, ...token }) => ({
    ...token,
    sources: sources === null ? null : [...sources],
  })),
  retiredAdminTokens: [...operators.retiredAdminTokens()],
})
