/**
 * The object that judges events once those around them are stored, and writes the archive. There is one, and all that it must remember is
 * in the database; `run.ts` does the work.
 */
import { DurableObject } from 'cloudflare:workers'
import { isComing } from '../platform/alarm.ts'
import { toHex } from '../platform/bytes.ts'
import { readMasterKeys } from '../platform/master-key.ts'
import { SYSTEM, type System } from '../platform/system.ts'
import { MINUTE_MS } from '../platform/time.ts'
import { type Registries, registryIn } from '../registry/members.ts'
import { Runner } from '../readers/runner.ts'
import { FILE_BOUNDS } from '../store/archive-claims.ts'
import { gateOf } from '../store/erasures/gate.ts'
import { openStore } from '../store/store.ts'
import type { ArchiveApi } from './api.ts'
import { Domains } from './domains.ts'
import { HOT_MAX_BYTES } from './remove-hot.ts'
import { type ArchiveDeps, runArchive, runJudging } from './run.ts'

export interface ArchiveEnv {
  readonly MASTER_KEY?: string
  /** Minutes that events wait for their file at most. */
  readonly ARCHIVE_MINUTES?: string
  /** Days that the store keeps what is archived. */
  readonly HOT_DAYS?: string
  readonly STORE: D1Database
  readonly LARGE: R2Bucket
  readonly REGISTRY: Registries<'erasures'>
  /** Without it nothing is archived. */
  readonly ARCHIVE?: R2Bucket
}

const CLAIM_ID_BYTES = 4

export class Archive extends DurableObject<ArchiveEnv> implements ArchiveApi {
  readonly #system: System
  readonly #runner: Runner

  /** @param system another one in tests; the platform gives none */
  constructor(ctx: DurableObjectState, env: ArchiveEnv, system: System = SYSTEM) {
    super(ctx, env)
    this.#system = system
    const { nowMs, log } = system
    const run = runOf(ctx, env, system)
    this.#runner = new Runner({
      storage: ctx.storage,
      run,
      nowMs,
      log,
      reader: 'archive',
    })
  }

  async wake(): Promise<void> {
    const alarm = await this.ctx.storage.getAlarm()
    if (!isComing(alarm, this.#system.nowMs())) this.ctx.waitUntil(this.#runner.wake())
  }

  override async alarm(): Promise<void> {
    await this.#runner.wake()
  }
}

function runOf(
  ctx: DurableObjectState,
  env: ArchiveEnv,
  { nowMs, log }: System,
): () => Promise<number | null> {
  const { ARCHIVE: bucket } = env
  const store = openStore(env.STORE, readMasterKeys(env.MASTER_KEY))
  if (bucket === undefined) return () => runJudging({ store, nowMs })
  const erasures = gateOf(env, () => registryIn(env).erasures, store, nowMs)
  const deps: ArchiveDeps = {
    store,
    bucket,
    domains: new Domains(ctx.storage, store.people),
    bounds: FILE_BOUNDS,
    waitMs: () => waitMinutes(env.ARCHIVE_MINUTES) * MINUTE_MS,
    hotDays: () => hotDays(env.HOT_DAYS),
    hotMaxBytes: HOT_MAX_BYTES,
    newClaimId: () => toHex(crypto.getRandomValues(new Uint8Array(CLAIM_ID_BYTES))),
    nowMs,
    log,
  }
  return async () => {
    await erasures.pass()
    return runArchive(deps)
  }
}

/** `HOT_DAYS`: how long the store keeps what is archived. @throws {SettingMalformed} */
export const hotDays = (text: string | undefined): number => wholeNumber('HOT_DAYS', text, 30, 9_999)

/** Past three hours, the watch says that the archive is behind. */
const WAIT_MAX_MINUTES = 120

/** `ARCHIVE_MINUTES`: how long an event waits for its file at most. @throws {SettingMalformed} */
export const waitMinutes = (text: string | undefined): number =>
  wholeNumber('ARCHIVE_MINUTES', text, 60, WAIT_MAX_MINUTES)

/** Anything else is refused by name: with a guess, events would go too early. */
function wholeNumber(name: string, text: string | undefined, byDefault: number, max: number): number {
  if (text === undefined || text === '') return byDefault
  const number = /^[1-9][0-9]{0,3}$/.test(text) ? Number(text) : 0
  if (number < 1 || number > max) throw new SettingMalformed(`${name} is not a whole number from 1 to ${max}`)
  return number
}

class SettingMalformed extends Error {
  override readonly name = 'SettingMalformed'
}
