/** The calls about erasures of people. */
import { RpcTarget } from 'cloudflare:workers'
import { sha256Hex } from '../../platform/sha256.ts'
import { toInstant } from '../../platform/time.ts'
import type { Who } from '../audit/entry.ts'
import type { Changes } from '../changes.ts'
import type { BeganErasure, Erasure, ErasureRecord, UnfinishedErasure, WantedErasure } from './erasure.ts'

export class Erasures extends RpcTarget {
  readonly #changes: Changes
  readonly #nowMs: () => number

  constructor(changes: Changes, nowMs: () => number) {
    super()
    this.#changes = changes
    this.#nowMs = nowMs
  }

  /** The newest number; 0 if there is none. */
  async newest(): Promise<number> {
    return this.#changes.tables.erasures.newest()
  }

  /** Erasures after a number, in order. */
  async after(number: number, limit: number): Promise<Erasure[]> {
    return this.#changes.tables.erasures.after(number, limit)
  }

  /** Erasures before a number, newest first. */
  async before(number: number, limit: number): Promise<ErasureRecord[]> {
    return this.#changes.tables.erasures.before(number, limit)
  }

  async find(number: number): Promise<ErasureRecord | null> {
    return this.#changes.tables.erasures.find(number) ?? null
  }

  /** All erasures of a person, newest first. */
  async of(person: string): Promise<ErasureRecord[]> {
    return this.#changes.tables.erasures.of(person)
  }

  /** Erasures that have to go on, oldest first. */
  async unfinished(limit: number): Promise<UnfinishedErasure[]> {
    return this.#changes.tables.erasures.unfinished(limit, this.#changes.sealer())
  }

  /** Begins an erasure with its line of the audit log. If one of hers is unfinished, gives that one. */
  async begin(wanted: WantedErasure, who: Who): Promise<BeganErasure> {
    const { tables, audit } = this.#changes
    return this.#changes.inTurn(async (): Promise<BeganErasure> => {
      const sealer = this.#changes.sealer()
      const present = await tables.erasures.unfinishedOf(wanted.person, sealer)
      if (present !== undefined) return { ok: true, erasure: present, isNew: false }
      if (tables.retention.version() !== wanted.retentionVersion)
        return { ok: false, code: 'retention_changed' }

      const { person, keepsSuppression, address } = wanted
      const erasedAtMs = this.#nowMs()
      const number = Math.max(tables.erasures.newest(), wanted.above) + 1
      const after = { number, keeps_suppression: keepsSuppression }
      const draft = { action: 'erasure.began', target: targetOf(person), before: null, after } as const
      const line = await audit.next(draft, who, erasedAtMs, sealer)
      const sealed = await tables.erasures.sealAddress(number, address, sealer)
      const erasure = { number, person, erasedAtMs, keepsSuppression }
      this.#changes.atomically(() => {
        audit.write(line)
        tables.erasures.add(erasure, sealed)
      })
      return { ok: true, erasure: { ...erasure, address }, isNew: true }
    })
  }

  /** Adds erasures that a lost registry knew. They are unfinished until they were done again. @returns how many are new */
  async adopt(erasures: readonly Erasure[]): Promise<number> {
    return this.#changes.inTurn(async () => {
      const { tables } = this.#changes
      let added = 0
      this.#changes.atomically(() => {
        for (const erasure of erasures) if (tables.erasures.add(erasure, null)) added++
      })
      return added
    })
  }

  /**
   * Stores the certificate with its line of the audit log, and forgets the address. If it is finished already, nothing changes.
   *
   * @returns the erasure as it is now; null if there is none of this number
   */
  async finish(
    number: number,
    certificate: string,
    finishedAtMs: number,
    who: Who,
  ): Promise<ErasureRecord | null> {
    const { tables, audit } = this.#changes
    return this.#changes.inTurn(async () => {
      const found = tables.erasures.find(number)
      if (found === undefined) return null
      if (found.certificate !== null) return found
      const after = {
        number,
        erased_at: toInstant(found.erasedAtMs),
        certificate_sha256: await sha256Hex(certificate),
      }
      const target = targetOf(found.person)
      const draft = { action: 'person.erased', target, before: null, after } as const
      const line = await audit.next(draft, who, this.#nowMs(), this.#changes.sealer())
      this.#changes.atomically(() => {
        audit.write(line)
        tables.erasures.finish(number, certificate, finishedAtMs)
      })
      return { ...found, certificate, finishedAtMs }
    })
  }
}

/** The log names nobody: a person by the store's keyed hash, as suppressions do. */
const targetOf = (person: string): string => `person/${person}`
