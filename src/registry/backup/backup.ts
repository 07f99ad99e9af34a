/** Makes a backup of the registry, and restores one in one transaction. */
import { type MasterKey, readMasterKeys } from '../../platform/master-key.ts'
import { type Sealer, sealer } from '../../platform/seal.ts'
import type { AuditDraft, Who } from '../audit/entry.ts'
import type { Changes } from '../changes.ts'
import { openVersions, sealVersions, unlessUnreadable } from '../rotation/sealed.ts'
import type { StoredSecret } from '../rotation/transitions.ts'
import type { OperatorCalls, OperatorsBackup } from '../operators/operator-calls.ts'
import type { StoredSource } from '../sources/source-tables.ts'
import { type Dump, readDump, sealDump } from './dump.ts'

/** A sealed backup, with facts that an operator may see. */
export interface Backup {
  readonly sealed: Uint8Array
  readonly madeAtMs: number
  readonly sources: number
  /** Secrets that no master key opens. The backup does not have them. */
  readonly unreadable: number
  readonly auditSeq: number
}

/** A version of a secret that the restore makes accepted again, though it was revoked after the backup. */
export interface Revived {
  readonly source: string
  readonly slot: string
  readonly version: number
}

export type RestoreResult =
  | {
      readonly ok: true
      readonly restored: number
      readonly removed: number
      /** Reported to the operator, since a revoked secret may have leaked. */
      readonly revived: readonly Revived[]
    }
  /** `not_empty`: sources exist, and `replace` was not given. */
  | { readonly ok: false; readonly problem: 'foreign' | 'not_understood' | 'not_empty' }

export class Backups {
  readonly #changes: Changes
  readonly #operators: OperatorCalls
  readonly #masterKey: string | undefined
  readonly #nowMs: () => number

  constructor(
    changes: Changes,
    operators: OperatorCalls,
    masterKey: string | undefined,
    nowMs: () => number,
  ) {
    this.#changes = changes
    this.#operators = operators
    this.#masterKey = masterKey
    this.#nowMs = nowMs
  }

  async make(who: Who): Promise<Backup> {
    const { audit, tables } = this.#changes
    const secrets = this.#changes.sealer()
    return this.#changes.inTurn(async () => {
      const madeAtMs = this.#nowMs()
      const stored = tables.all()
      const head = audit.head()
      const draft = {
        action: 'backup.made',
        target: 'backup',
        before: null,
        after: { sources: stored.length },
      } as const
      const sources = await Promise.all(
        stored.map(async ({ version: _version, secrets: rows, ...source }) => ({
          ...source,
          secrets: await Promise.all(rows.map((row) => dumpVersion(row, source.name, secrets))),
        })),
      )
      const dump: Dump = {
        version: 1,
        madeAtMs,
        sources,
        operators: dumpOperators(this.#operators.forBackup()),
        audit: { key: await audit.exportKey(secrets), head },
      }
      const sealed = await sealDump(dump, this.#sealer())
      audit.write(await audit.next(draft, who, madeAtMs, secrets))
      const unreadable = sources
        .flatMap((source) => source.secrets)
        .filter(({ state, secret }) => secret === null && state !== 'revoked').length
      return { sealed, madeAtMs, sources: sources.length, unreadable, auditSeq: head.seq }
    })
  }

  /** @param replace whether existing sources may be replaced */
  async restore(sealed: Uint8Array, replace: boolean, who: Who): Promise<RestoreResult> {
    const read = await readDump(sealed, this.#sealer())
    if (!read.ok) return read
    const { dump } = read
    const { tables, audit } = this.#changes
    const secrets = this.#changes.sealer()
    const result = await this.#changes.inTurn(async (): Promise<RestoreResult> => {
      const present = new Map(tables.all().map((source) => [source.name, source]))
      if (present.size > 0 && !replace) return { ok: false, problem: 'not_empty' }

      const nowMs = this.#nowMs()
      const next = await Promise.all(dump.sources.map((source) => sealedSource(source, secrets)))
      const removed = [...present.keys()].filter((name) => next.every((source) => source.name !== name))
      const revived = next.flatMap((source) => revivedIn(source, present.get(source.name)))
      const after = {
        madeAtMs: dump.madeAtMs,
        sources: next.length,
        head: { ...dump.audit.head },
        revived: revived.map(({ source, slot, version }) => `${source}/${slot}/${version}`),
      }
      const before = { sources: [...present.keys()] }
      const draft: AuditDraft = { action: 'backup.restored', target: 'backup', before, after }
      const adopted = await audit.adopt(dump.audit, secrets)
      const line = await adopted.next(draft, who, nowMs)
      await this.#changes.scheduleNotifications()
      this.#changes.atomically(() => {
        adopted.write()
        audit.write(line)
        this.#operators.restore(dump.operators)
        // With links and pending installs: their version numbers may belong to other versions after the restore.
        for (const name of present.keys()) tables.remove(name)
        for (const name of removed) this.#changes.write(name, present.get(name), null, nowMs)
        for (const { name, ...source } of next) this.#changes.write(name, present.get(name), source, nowMs)
      })
      return { ok: true, restored: next.length, removed: removed.length, revived }
    })
    if (result.ok) await this.#changes.sendPendingNotifications()
    return result
  }

  #sealer(): Sealer {
    const masters: readonly [MasterKey, ...MasterKey[]] = readMasterKeys(this.#masterKey)
    return sealer(masters, 'backup')
  }
}

/** A secret that no master key opens is left out, so that all others are backed up. */
async function dumpVersion(
  { sealed, ...version }: StoredSecret,
  source: string,
  sealer: Sealer,
): Promise<Dump['sources'][number]['secrets'][number]> {
  const opened = await unlessUnreadable(() => openVersions(sealer, source, [{ ...version, sealed }]))
  return { ...version, secret: opened === 'secret_unreadable' ? null : (opened[0]?.secret ?? null) }
}

async function sealedSource({ secrets, ...source }: Dump['sources'][number], sealer: Sealer) {
  const rows: StoredSecret[] = []
  for (const { secret, ...version } of secrets) {
    if (secret === null) rows.push({ ...version, sealed: null })
    else rows.push(...(await sealVersions(sealer, source.name, [{ ...version, secret }])))
  }
  return { name: source.name, config: source.config, createdAtMs: source.createdAtMs, secrets: rows }
}

/** Compares the time of creation too: a source that was removed and created again uses the same version numbers. */
function revivedIn(
  { name, secrets }: { readonly name: string; readonly secrets: readonly StoredSecret[] },
  present: StoredSource | undefined,
): Revived[] {
  const revokedKeys = new Set(present?.secrets.filter(({ state }) => state === 'revoked').map(keyOf))
  return secrets
    .filter((row) => row.sealed !== null && revokedKeys.has(keyOf(row)))
    .map(({ slot, version }) => ({ source: name, slot, version }))
}

const keyOf = ({ slot, version, createdAtMs }: StoredSecret): string => `${slot}/${version}/${createdAtMs}`

/** Copies read-only lists: the schema's type has mutable ones. */
const dumpOperators = ({ tokens, retiredAdminTokens }: OperatorsBackup): Dump['operators'] => ({
  tokens: tokens.map(({ sources, ...token }) => ({
    ...token,
    sources: sources === null ? null : [...sources],
  })),
  retiredAdminTokens: [...retiredAdminTokens],
})
