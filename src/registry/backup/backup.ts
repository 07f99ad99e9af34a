/** Makes a backup of the registry, and restores one in one transaction. */
import { RpcTarget } from 'cloudflare:workers'
import { type MasterKey, readMasterKeys } from '../../platform/master-key.ts'
import { type Sealer, sealer } from '../../platform/seal.ts'
import type { AuditDraft, Who } from '../audit/entry.ts'
import type { Changes } from '../changes.ts'
import { openVersions, sealVersions, unlessUnreadable } from '../rotation/sealed.ts'
import { type StoredSecret, revoked } from '../rotation/transitions.ts'
import type { OperatorTables } from '../operators/operator-tables.ts'
import { CHANNELS } from '../channels/kind.ts'
import { DESTINATIONS } from '../destinations/kind.ts'
import type { OwnerKind, Stored } from '../owners/owner.ts'
import type { OwnerTables } from '../owners/owner-tables.ts'
import { SOURCES } from '../sources/kind.ts'
import { type RestoredDestination, beginning, pausingNew, restoredView, signing } from './senders.ts'
import { type Dump, readDump, sealDump } from './dump.ts'

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
      const stored = tables.sources.all()
      const head = audit.head()
      const draft = {
        action: 'backup.made',
        target: 'backup',
        before: null,
        after: {
          sources: stored.length,
          destinations: tables.destinations.count(),
          channels: tables.channels.count(),
        },
      } as const
      const sources = await dumpAll(stored, SOURCES, secrets)
      const destinations = await dumpAll(tables.destinations.all(), DESTINATIONS, secrets)
      const channels = await dumpAll(tables.channels.all(), CHANNELS, secrets)
      const dump: Dump = {
        version: 1,
        madeAtMs,
        sources,
        destinations,
        channels,
        operators: dumpOperators(this.#operators),
        audit: { key: await audit.exportKey(secrets), head },
      }
      const sealed = await sealDump(dump, this.#sealer())
      audit.write(await audit.next(draft, who, madeAtMs, secrets))
      const unreadable = [...sources, ...destinations, ...channels]
        .flatMap((owner) => owner.secrets)
        .filter(({ state, secret }) => secret === null && state !== 'revoked').length
      return {
        sealed,
        madeAtMs,
        sources: sources.length,
        destinations: destinations.length,
        channels: channels.length,
        unreadable,
        auditSeq: head.seq,
      }
    })
  }

  async restore(sealed: Uint8Array, { replace, resume }: RestoreOptions, who: Who): Promise<RestoreResult> {
    const read = await readDump(sealed, this.#sealer())
    if (!read.ok) return read
    const { dump } = read
    const { tables, audit } = this.#changes
    const secrets = this.#changes.sealer()
    const result = await this.#changes.inTurn(async (): Promise<RestoreResult> => {
      const present = new Map(tables.sources.all().map((source) => [source.name, source]))
      const presentDestinations = new Map(tables.destinations.all().map((one) => [one.name, one]))
      const presentChannels = new Map(tables.channels.all().map((one) => [one.name, one]))
      const count = present.size + presentDestinations.size + presentChannels.size
      if (count > 0 && !replace) return { ok: false, problem: 'not_empty' }

      const nowMs = this.#nowMs()
      const next = await sealAll(dump.sources, SOURCES, secrets, nowMs)
      const begun = beginning(dump.destinations, presentDestinations, !resume, nowMs)
      const sealedOnes = await sealAll(begun, DESTINATIONS, secrets, nowMs)
      const destinations = await signing(sealedOnes, secrets, nowMs)
      const quiet = resume ? dump.channels : pausingNew(dump.channels, presentChannels)
      const channels = await sealAll(quiet, CHANNELS, secrets, nowMs)
      const removed = namesBut(present, next)
      const removedDestinations = namesBut(presentDestinations, destinations)
      const removedChannels = namesBut(presentChannels, channels)
      const revived = [
        ...revivedIn(next, present, SOURCES),
        ...revivedIn(destinations, presentDestinations, DESTINATIONS),
        ...revivedIn(channels, presentChannels, CHANNELS),
      ]
      const after = {
        madeAtMs: dump.madeAtMs,
        sources: next.length,
        destinations: destinations.length,
        channels: channels.length,
        head: { ...dump.audit.head },
        revived: revived.map(({ source, slot, version }) => `${source}/${slot}/${version}`),
        paused: pausedNames(destinations),
        pausedChannels: pausedNames(channels),
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
        this.#operators.restore(dump.operators)
        this.#replace(tables.sources, present, next, nowMs)
        this.#replace(tables.destinations, presentDestinations, destinations, nowMs)
        this.#replace(tables.channels, presentChannels, channels, nowMs)
      })
      const restored = next.length + destinations.length + channels.length
      const gone = removed.length + removedDestinations.length + removedChannels.length
      return {
        ok: true,
        restored,
        removed: gone,
        revived,
        destinations: destinations.map((one) => restoredView(one, presentDestinations)),
        pausedChannels: pausedNames(channels),
      }
    })
    if (result.ok) await this.#changes.sendPendingNotifications()
    return result
  }

  /** With links and pending installs: their version numbers may belong to other versions after the restore. */
  #replace<Config>(
    tables: OwnerTables<Config>,
    present: ReadonlyMap<string, Stored<Config>>,
    next: readonly Restored<Config>[],
    nowMs: number,
  ): void {
    for (const name of present.keys()) tables.remove(name)
    for (const name of namesBut(present, next))
      this.#changes.write(tables, name, present.get(name), null, nowMs)
    for (const { name, ...owner } of next) this.#changes.write(tables, name, present.get(name), owner, nowMs)
  }

  #sealer(): Sealer {
    const masters: readonly [MasterKey, ...MasterKey[]] = readMasterKeys(this.#masterKey)
    return sealer(masters, 'backup')
  }
}

type Dumped = Dump['sources'][number]['secrets'][number]

const dumpAll = <Config>(
  owners: readonly Stored<Config>[],
  rules: Pick<OwnerKind<Config>, 'keyOf'>,
  sealer: Sealer,
): Promise<(Omit<Stored<Config>, 'version' | 'secrets'> & { secrets: Dumped[] })[]> =>
  Promise.all(
    owners.map(async ({ version: _version, secrets, ...owner }) => ({
      ...owner,
      secrets: await Promise.all(secrets.map((row) => dumpVersion(row, rules.keyOf(owner.name), sealer))),
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

interface Restored<Config> {
  readonly name: string
  readonly config: Config
  readonly createdAtMs: number
  readonly secrets: readonly StoredSecret[]
}

/** A version whose value the backup lacks can verify and sign nothing: it is revoked, so that it is seen to be missing. */
const sealAll = <Config>(
  owners: readonly (Omit<Restored<Config>, 'secrets'> & { readonly secrets: readonly Dumped[] })[],
  rules: Pick<OwnerKind<Config>, 'keyOf'>,
  sealer: Sealer,
  nowMs: number,
): Promise<Restored<Config>[]> =>
  Promise.all(
    owners.map(async ({ name, config, createdAtMs, secrets }) => {
      const rows: StoredSecret[] = []
      for (const { secret, ...version } of secrets) {
        if (secret === null)
          rows.push(
            version.state === 'revoked'
              ? { ...version, sealed: null }
              : revoked({ ...version, sealed: null }, nowMs),
          )
        else rows.push(...(await sealVersions(sealer, rules.keyOf(name), [{ ...version, secret }])))
      }
      return { name, config, createdAtMs, secrets: rows }
    }),
  )

const pausedNames = (
  owners: readonly Pick<Restored<{ readonly paused: boolean }>, 'name' | 'config'>[],
): string[] => owners.filter(({ config }) => config.paused).map(({ name }) => name)

const namesBut = (
  present: ReadonlyMap<string, unknown>,
  next: readonly { readonly name: string }[],
): string[] => [...present.keys()].filter((name) => next.every((one) => one.name !== name))

/** Compares the time of creation too: an owner that was removed and created again uses the same version numbers. */
const revivedIn = <Config>(
  next: readonly Restored<Config>[],
  present: ReadonlyMap<string, Stored<Config>>,
  { keyOf: ownerKeyOf }: Pick<OwnerKind<Config>, 'keyOf'>,
): Revived[] =>
  next.flatMap(({ name, secrets }) => {
    const revokedOnes = present.get(name)?.secrets.filter(({ state }) => state === 'revoked')
    const revokedKeys = new Set(revokedOnes?.map(keyOf))
    return secrets
      .filter((row) => row.sealed !== null && revokedKeys.has(keyOf(row)))
      .map(({ slot, version }) => ({ source: ownerKeyOf(name), slot, version }))
  })

const keyOf = ({ slot, version, createdAtMs }: StoredSecret): string => `${slot}/${version}/${createdAtMs}`

/** Tokens as hashes, which nobody can log in with. Lists are copied, since the schema's type has mutable ones. */
const dumpOperators = (operators: OperatorTables): Dump['operators'] => ({
  tokens: operators.tokens().map(({ sources, ...token }) => ({
    ...token,
    sources: sources === null ? null : [...sources],
  })),
  retiredAdminTokens: [...operators.retiredAdminTokens()],
})
