/** The object that talks to the ESP of one source, if the source has a key of its API. Its parts do the work. */
import { DurableObject } from 'cloudflare:workers'
import type { BackfillStatus, PlannedAlone } from '../api/backfill.ts'
import type { WebhookReport } from '../api/webhooks.ts'
import type { Span } from '../drivers/driver.ts'
import { driverOf } from '../drivers/index.ts'
import type { Envelope } from '../event/envelope.ts'
import { Deadlines } from '../outbound/deadlines.ts'
import { inTime } from '../platform/in-time.ts'
import { faultName } from '../platform/log.ts'
import { isMasked } from '../platform/shown-url.ts'
import { type MasterKey, readMasterKeys } from '../platform/master-key.ts'
import { sha256Hex } from '../platform/sha256.ts'
import { type Sealer, sealer } from '../platform/seal.ts'
import { SYSTEM, type System } from '../platform/system.ts'
import { API_SLOT, BASIC_SLOT } from '../providers/shared/slots.ts'
import { Runner } from '../readers/runner.ts'
import { Settings } from '../readers/settings.ts'
import type { Who } from '../registry/audit/entry.ts'
import { type Registries, registryIn } from '../registry/members.ts'
import { openSecrets } from '../registry/rotation/sealed.ts'
import { wholePublicUrl } from '../registry/sources/public-url.ts'
import type { SealedEspAccount, Secrets } from '../registry/sources/source.ts'
import { type Store, openStore } from '../store/store.ts'
import type { IncidentsApi } from '../watch/incidents/api.ts'
import type { EspAccountApi, Mending, SyncRequest, SyncStatus } from './api.ts'
import { Backfill } from './backfill/backfill.ts'
import { type Converse, converser } from './converse.ts'
import { type OpenAccount, type Part, runParts } from './parts.ts'
import { Suppressions } from './suppressions/index.ts'
import { Webhook, type WebhookDeps, titleOf } from './webhook.ts'
import { refusalWords } from './words.ts'

export interface EspAccountEnv {
  readonly MASTER_KEY?: string
  /** The gateway's public address; empty if unknown. */
  readonly GATEWAY_URL?: string
  readonly STORE: D1Database
  readonly LARGE: R2Bucket
  readonly EVENTS: Pick<Queue<Envelope>, 'send'>
  readonly REGISTRY: Registries<'snapshots' | 'sources'>
  readonly INCIDENTS: { getByName(name: string): Incidents }
}

type Incidents = Pick<IncidentsApi, 'noteSync' | 'noteWebhook'>

const TELL_MAX_MS = 5_000

/** When the source was made whose state the object has. */
const CREATED_KEY = 'created_at_ms'

const partsOf = (deps: WebhookDeps) =>
  ({
    webhook: new Webhook(deps),
    backfill: new Backfill(deps),
    suppressions: new Suppressions(deps),
  }) satisfies Record<string, Part>

export class EspAccount extends DurableObject<EspAccountEnv> implements EspAccountApi {
  readonly #name: string
  readonly #masters: readonly [MasterKey, ...MasterKey[]]
  readonly #store: Store
  readonly #secrets: Sealer
  readonly #system: System
  readonly #converse: Converse
  readonly #runner: Runner
  readonly #settings: Settings<SealedEspAccount, OpenAccount>
  /** Made when there is an account. */
  #parts: ReturnType<typeof partsOf> | undefined

  /** @param system another one in tests; the platform gives none */
  constructor(ctx: DurableObjectState, env: EspAccountEnv, system: System = SYSTEM) {
    super(ctx, env)
    const { nowMs, fetch, pause, log } = system
    this.#system = system
    this.#name = ctx.id.name ?? ''
    this.#masters = readMasterKeys(env.MASTER_KEY)
    this.#store = openStore(env.STORE, this.#masters)
    this.#secrets = sealer(this.#masters, 'secrets')
    const deadlines = new Deadlines(nowMs)
    this.#converse = converser({ storage: ctx.storage, fetch, deadlines, nowMs, pause })
    this.#settings = new Settings({
      load: () => registryIn(env).snapshots.espAccount(this.#name),
      open: (sealed) => this.#opened(sealed),
      begin: (account) => this.#begin(account),
      nowMs,
    })
    this.#runner = new Runner({
      storage: ctx.storage,
      run: () => this.#run(),
      nowMs,
      log: (fields) => log({ source: this.#name, ...fields }),
      reader: 'esp_account',
      isExact: true,
    })
  }

  async wake(): Promise<void> {
    this.ctx.waitUntil(this.#runner.wake())
  }

  async changed(): Promise<void> {
    this.#settings.markStale()
    await this.wake()
  }

  suppressionSync(): Promise<SyncStatus | null> {
    return this.#sync(() => undefined)
  }

  beginSuppressionSync(request: SyncRequest): Promise<SyncStatus | null> {
    return this.#sync((part, account) => part.begin(account, request))
  }

  endSuppressionSync(): Promise<SyncStatus | null> {
    return this.#sync((part, account) => part.stop(account))
  }

  async removeSuppressionThere(entry: {
    readonly address: string
    readonly scope: string | null
  }): ReturnType<EspAccountApi['removeSuppressionThere']> {
    return this.#with((account, { suppressions }) => suppressions.removeThere(account, entry))
  }

  async #sync(work: (part: Suppressions, account: OpenAccount) => void): Promise<SyncStatus | null> {
    const account = await this.#settings.current()
    if (account === undefined) return null
    const { suppressions } = this.#partsNow()
    work(suppressions, account)
    return suppressions.status(account)
  }

  webhook(): Promise<WebhookReport | null> {
    return this.#with(async (account, { webhook }) => webhook.last(account))
  }

  check(maxAgeMs: number): Promise<WebhookReport | null> {
    return this.#with((account, { webhook }) => webhook.check(account, maxAgeMs))
  }

  mend(plan: boolean, who: Who, of?: string): Promise<Mending | null> {
    return this.#with((account, { webhook }) => webhook.mend(account, plan, who, of))
  }

  planBackfill(span: Span) {
    return this.#with(async (account, { backfill }): Promise<PlannedAlone | { ok: false; says: string }> => {
      const planned = await backfill.plan(account, span)
      if (!('ok' in planned)) return planned
      const about = { title: titleOf(account), right: account.driver.rights.past }
      return { ok: false, says: refusalWords(planned, about) }
    })
  }

  beginBackfill(span: Span, isForwarded: boolean) {
    return this.#with((account, { backfill }) => backfill.begin(account, span, isForwarded))
  }

  backfill(): Promise<BackfillStatus | null> {
    return this.#with(async (_, { backfill }) => backfill.status())
  }

  stopBackfill(): Promise<BackfillStatus | null> {
    return this.#with(async (_, { backfill }) => backfill.stop())
  }

  resumeBackfill(): Promise<BackfillStatus | null> {
    return this.#with(async (_, { backfill }) => backfill.resume())
  }

  override async alarm(): Promise<void> {
    await this.#runner.wake()
  }

  async #run(): Promise<number | null> {
    const account = await this.#settings.current()
    if (account === undefined) {
      await this.#forget()
      return null
    }
    return runParts(Object.values<Part>(this.#partsNow()), account)
  }

  /** Null without an account. */
  async #with<Result>(
    call: (account: OpenAccount, parts: ReturnType<typeof partsOf>) => Promise<Result>,
  ): Promise<Result | null> {
    const account = await this.#settings.current()
    return account === undefined ? null : call(account, this.#partsNow())
  }

  /** Tells the watch. False if it does not answer. */
  async #tell(call: (incidents: Incidents) => Promise<void>): Promise<boolean> {
    try {
      await inTime(call(this.env.INCIDENTS.getByName('incidents')), TELL_MAX_MS)
      return true
    } catch (cause) {
      this.#system.log({ event: 'dependency_unavailable', message: 'incidents', fault: faultName(cause) })
      return false
    }
  }

  async #keepSecret(slot: string, value: string, who: Who): Promise<string | null> {
    const request = { kind: 'rotate', slot, value, unlessActive: true } as const
    const kept = await registryIn(this.env).sources.changeSecret(this.#name, request, who)
    return kept.ok ? null : kept.code
  }

  /** Of the secrets that the registry has now. */
  async #secretHashes(slot: string): Promise<readonly string[]> {
    const sealed = await registryIn(this.env).snapshots.espAccount(this.#name)
    const stored = sealed === null ? [] : ((await openSecrets(this.#secrets, sealed))[slot] ?? [])
    return Promise.all(
      stored.flatMap((secret) =>
        secret.kind === 'text'
          ? [sha256Hex(secret.text)]
          : secret.kind === 'public-key'
            ? [sha256Hex(secret.spki)]
            : secret.kind === 'standard-webhooks'
              ? [sha256Hex(secret.key)]
              : [],
      ),
    )
  }

  #partsNow(): ReturnType<typeof partsOf> {
    return (this.#parts ??= partsOf({
      source: this.#name,
      storage: this.ctx.storage,
      converse: this.#converse,
      store: this.#store,
      events: this.env.EVENTS,
      large: this.env.LARGE,
      tell: (note) => this.#tell((incidents) => incidents.noteWebhook(this.#name, note)),
      urlOf: async (account) => (await account.open()).url || null,
      keepSecret: (slot, value, who) => this.#keepSecret(slot, value, who),
      secretHashes: (slot) => this.#secretHashes(slot),
      secretSealer: this.#secrets,
      queueSealer: sealer(this.#masters, 'queue'),
      wake: () => void this.wake(),
      noteSync: (says) => this.#tell((incidents) => incidents.noteSync(this.#name, says)),
      nowMs: this.#system.nowMs,
      pause: this.#system.pause,
      log: this.#system.log,
    }))
  }

  #opened(sealed: SealedEspAccount): OpenAccount {
    const { name, config, createdAtMs } = sealed
    const driver = driverOf(config.provider)
    if (driver === undefined) throw new TypeError('the provider has no driver')
    return {
      name,
      config,
      createdAtMs,
      keyVersion: sealed.secrets.find(({ slot }) => slot === API_SLOT)?.version ?? 0,
      driver,
      open: async () => {
        const secrets = await openSecrets(this.#secrets, sealed)
        const [key] = secrets[API_SLOT] ?? []
        return {
          key: key?.kind === 'text' ? key.text : '',
          settings: config.provisioner ?? {},
          url: this.#urlOf(sealed, secrets) ?? '',
          nowMs: this.#system.nowMs(),
        }
      },
    }
  }

  /** With the credentials that the ESP should send; null if it is not known whole. */
  #urlOf({ name, config }: SealedEspAccount, secrets: Secrets): string | null {
    const base = (this.env.GATEWAY_URL ?? '').replace(/\/+$/, '')
    const whole = wholePublicUrl({ name, version: 0, config, secrets }) ?? `${base}/hooks/${name}`
    if (isMasked(whole) || !URL.canParse(whole)) return null
    const [basic] = secrets[BASIC_SLOT] ?? []
    if (basic?.kind !== 'basic') return whole
    return Object.assign(new URL(whole), { username: basic.username, password: basic.password }).href
  }

  /** Nothing stays of an earlier source of the same name. */
  async #begin({ createdAtMs }: OpenAccount): Promise<void> {
    if (this.ctx.storage.kv.get(CREATED_KEY) === createdAtMs) return
    await this.#forget()
    this.ctx.storage.kv.put(CREATED_KEY, createdAtMs)
  }

  async #forget(): Promise<void> {
    if (this.ctx.storage.kv.get(CREATED_KEY) !== undefined) await this.#partsNow().webhook.end()
    this.#parts = undefined
    await this.ctx.storage.deleteAll()
  }
}
