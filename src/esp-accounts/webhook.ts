/** Whether the webhook at the ESP is as it should be: asked a bit less than once an hour, and when a person asks; and making it right. */
import type { WebhookReport } from '../api/webhooks.ts'
import type { Mended, SeenWebhook } from '../drivers/driver.ts'
import { isAtOurUrl } from '../drivers/shared.ts'
import { textOf, utf8 } from '../platform/bytes.ts'
import { faultName } from '../platform/log.ts'
import type { Sealer } from '../platform/seal.ts'
import { sha256Hex } from '../platform/sha256.ts'
import { shownUrl } from '../platform/shown-url.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, instantOrNull, toInstant } from '../platform/time.ts'
import { providerNamed } from '../providers/index.ts'
import { setupOf } from '../providers/setup/index.ts'
import type { Who } from '../registry/audit/entry.ts'
import type { WebhookNote } from '../watch/webhook-note.ts'
import type { EspRefusal, Mending } from './api.ts'
import { type Compared, compare } from './compare.ts'
import type { Conversed } from './converse.ts'
import type { OpenAccount, Part, PartDeps } from './parts.ts'
import { PASSING, refusalWords, surplusWords } from './words.ts'

/**
 * People are told within 65 minutes, of which the watch needs up to two. A month of 31 days at rest has 745 calls, with one a day for
 * details.
 */
export const CHECK_EVERY_MS = 62.5 * MINUTE_MS
/** An ESP that does not answer is asked again sooner. */
const AGAIN_MS = 10 * MINUTE_MS
/** Without an answer for so long, nobody knows whether the webhook is on. */
const UNANSWERED_MS = 6 * HOUR_MS
const UNTOLD_MS = MINUTE_MS
/** Webhooks of an account, at most a few dozen. */
const ANSWER_MAX_BYTES = 1_048_576
const URGENT = { isUrgent: true, maxBytes: ANSWER_MAX_BYTES } as const

/** Of a webhook, whatever an ESP says. */
const URL_MAX = 2_000
const TYPES_MAX = 200
const TEXT_MAX = 200

const STATE_KEY = 'webhook'
const SECRETS_KEY = 'webhook_secrets'

/** Secrets that the ESP has made and the registry does not have yet, by slot. Nobody else has them: the ESP tells some of them once. */
type WaitingSecrets = Readonly<
  Record<string, { readonly sealed: Uint8Array; readonly who: Who; readonly why: string }>
>

/** The last answers. URLs are without credentials. */
interface State extends Compared {
  readonly atMs: number
  readonly answeredAtMs: number | null
  readonly detailsAtMs: number
  /** Of the last webhook that was ours. */
  readonly knownId: string | null
  readonly refusal: EspRefusal | null
  /** Version of the key that was used last, and of the one whose surplus is known. */
  readonly usedKey: number | null
  readonly judgedKey: number | null
  readonly surplus: readonly string[]
  /** Whether the watch has something to remove, or to be told. */
  readonly isTold: boolean
  readonly isUntold: boolean
}

export interface WebhookDeps extends PartDeps {
  /** Tells the watch how the webhook stands; null if all is well. False if it does not answer. */
  readonly tell: (note: WebhookNote | null) => Promise<boolean>
  /** Stores a secret that the ESP has made, as the active version of its slot. Returns why the registry refuses it, else null. */
  readonly keepSecret: (slot: string, value: string, who: Who) => Promise<string | null>
  /** SHA-256 of the active secrets of a slot, of their bare text or base64. */
  readonly secretHashes: (slot: string) => Promise<readonly string[]>
  /** Seals a secret that the registry does not have yet. */
  readonly secretSealer: Sealer
  /** Opens the URL of the webhook: null if it is not known whole. @throws {SealBroken} */
  readonly urlOf: (account: OpenAccount) => Promise<string | null>
}

const NOTHING: State = {
  atMs: -Infinity,
  answeredAtMs: null,
  detailsAtMs: -Infinity,
  knownId: null,
  refusal: null,
  usedKey: null,
  judgedKey: null,
  surplus: [],
  ours: null,
  others: 0,
  differences: [],
  isTold: false,
  isUntold: false,
}

export const titleOf = ({ driver: { provider } }: Pick<OpenAccount, 'driver'>): string =>
  providerNamed(provider)?.title ?? provider

export class Webhook implements Part {
  readonly #deps: WebhookDeps
  /** Two at once would make two webhooks. */
  #mending: Promise<unknown> = Promise.resolve()

  constructor(deps: WebhookDeps) {
    this.#deps = deps
  }

  async run(account: OpenAccount): Promise<number | null> {
    if (account.driver.webhook === undefined) return null
    const { nowMs } = this.#deps
    if (this.#hasWaiting) await this.#inTurn(() => this.#handOver())
    const isNewKey = this.#state.usedKey !== account.keyVersion
    if (isNewKey || nowMs() >= this.#dueMs()) await this.#ask(account, false)
    else if (this.#state.isUntold) await this.#tell(account)
    return this.#state.isUntold || this.#hasWaiting ? UNTOLD_MS : Math.max(1, this.#dueMs() - nowMs())
  }

  /** @param maxAgeMs an answer that is not older is good enough */
  async check(account: OpenAccount, maxAgeMs: number): Promise<WebhookReport> {
    if (this.#deps.nowMs() - this.#state.atMs >= maxAgeMs) await this.#ask(account, true)
    return this.#report(account)
  }

  /** The last answer; null before the first. */
  last(account: OpenAccount): WebhookReport | null {
    return this.#state.atMs === -Infinity ? null : this.#report(account)
  }

  /** @param of digest of the plan that a person has read: of another one, nothing is done */
  mend(account: OpenAccount, plan: boolean, who: Who, of?: string): Promise<Mending> {
    return this.#inTurn(() => this.#mend(account, plan, who, of))
  }

  /** The key or the source is gone: nobody knows how the webhook stands. */
  async end(): Promise<void> {
    if (this.#state.isTold) await this.#deps.tell(null)
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = this.#mending.then(work)
    this.#mending = mine.catch(() => undefined)
    return mine
  }

  async #mend(account: OpenAccount, plan: boolean, who: Who, read?: string): Promise<Mending> {
    const mend = account.driver.webhook?.mend
    if (mend === undefined)
      return { ok: false, code: 'cannot', says: `the API of ${titleOf(account)} cannot change a webhook` }
    const { seen, compared } = await this.#ask(account, true)
    if (!seen.ok) return this.#refused(account, seen)
    const url = await this.#deps.urlOf(account)
    if (url === null)
      return {
        ok: false,
        code: 'cannot',
        says: 'the whole URL of the source is not known here: set publicUrl, with its credentials',
      }
    if (!this.#canMend(account)) {
      const { where } = setupOf(account.driver.provider) ?? {}
      const byHand = where === undefined ? '' : `: make one by hand in ${where}`
      return { ok: false, code: 'cannot', says: `the API of ${titleOf(account)} makes no webhook${byHand}` }
    }
    const found = compared?.ours ?? null
    // A webhook that points elsewhere is another's by now.
    const ours = isAtOurUrl(found?.url, url) ? found : null
    const differences = compared?.differences.map(({ says }) => says) ?? []
    const givesPassword = ours === null && new URL(url).password !== ''
    const steps = givesPassword
      ? [
          ...differences,
          'the account, which has no webhook at our URL, gets the stored password of the source',
        ]
      : differences
    const of = await digestOf(account, url, seen.result, compared)
    if (plan || steps.length === 0)
      return { ok: true, done: false, steps, of, givesPassword, report: this.#report(account) }
    if (read !== undefined && read !== of)
      return { ok: false, code: 'plan_changed', says: `now this is wrong: ${steps.join('; ')}` }
    const { secretSlot } = account.driver.webhook ?? {}
    const isOther = compared?.differences.some(({ code }) => code === 'other_secret') === true
    // A secret is stored without a call.
    const mended =
      isOther && steps.length === 1
        ? { ok: true as const, result: {} as Mended }
        : await this.#deps.converse(account, (opened) => mend(opened, ours), URGENT)
    if (!mended.ok) return { ...this.#refused(account, mended), code: 'begun' }
    // The ESP signs with them from now on.
    const told = isOther && secretSlot !== undefined && ours?.secret ? { [secretSlot]: ours.secret } : {}
    for (const [slot, value] of Object.entries({ ...told, ...mended.result.secrets })) {
      const sealed = await this.#deps.secretSealer.seal(utf8(value), this.#placeOf(slot))
      this.#keepWaiting({ ...this.#waiting, [slot]: { sealed, who, why: '' } })
    }
    await this.#handOver()
    await this.#ask(account, true)
    return { ok: true, done: true, steps, of, givesPassword, report: this.#report(account) }
  }

  /** Gives the registry the secrets that wait. What it does not take stays for the next run, a minute later. */
  async #handOver(): Promise<void> {
    const { secretSealer, keepSecret, log } = this.#deps
    for (const [slot, one] of Object.entries(this.#waiting)) {
      let why: string | null
      try {
        const value = textOf(await secretSealer.open(one.sealed, this.#placeOf(slot)))
        why = await keepSecret(slot, value ?? '', one.who)
      } catch (cause) {
        why = faultName(cause)
      }
      const { [slot]: _handed, ...others } = this.#waiting
      this.#keepWaiting(why === null ? others : { ...others, [slot]: { ...one, why } })
      this.#keep({ isUntold: true })
      if (why !== null) log({ event: 'dependency_unavailable', message: 'registry', fault: why })
    }
  }

  get #waiting(): WaitingSecrets {
    return this.#deps.storage.kv.get<WaitingSecrets>(SECRETS_KEY) ?? {}
  }

  get #hasWaiting(): boolean {
    return Object.keys(this.#waiting).length > 0
  }

  #keepWaiting(waiting: WaitingSecrets): void {
    this.#deps.storage.kv.put(SECRETS_KEY, waiting)
  }

  #placeOf = (slot: string): string => `esp_account/${this.#deps.source}/${slot}`

  /** Differences at the ESP, after secrets that wait here: until one is stored, deliveries that it signs are refused. */
  #differences(account: OpenAccount): WebhookReport['differences'] {
    const waiting = Object.entries(this.#waiting).map(([slot, { why }]) => ({
      code: 'secret_waits' as const,
      says: `${titleOf(account)} signs with a new secret, which waits here to be stored as ${slot} (${why}): Postern tries again each minute`,
    }))
    return [...waiting, ...this.#state.differences]
  }

  #refused(account: OpenAccount, refusal: EspRefusal): Mending & { readonly ok: false } {
    const { mend, webhook } = account.driver.rights
    const says = refusalWords(refusal, { title: titleOf(account), right: mend ?? webhook })
    return { ok: false, code: 'refused', says }
  }

  get #state(): State {
    return { ...NOTHING, ...this.#deps.storage.kv.get<State>(STATE_KEY) }
  }

  #keep(changes: Partial<State>): void {
    this.#deps.storage.kv.put(STATE_KEY, { ...this.#state, ...changes })
  }

  #dueMs(): number {
    const { atMs, refusal } = this.#state
    if (refusal === null || !PASSING.has(refusal.code)) return atMs + CHECK_EVERY_MS
    return Math.min(Math.max(refusal.untilMs ?? 0, atMs + AGAIN_MS), atMs + CHECK_EVERY_MS)
  }

  async #ask(account: OpenAccount, isForPerson: boolean) {
    const { converse, nowMs } = this.#deps
    const { webhook } = account.driver
    if (webhook === undefined) return { seen: NO_DRIVER, compared: undefined }
    const seen = await converse(account, webhook.seen, URGENT)
    if (!seen.ok) {
      this.#keep({ atMs: nowMs(), refusal: seen, usedKey: account.keyVersion, isUntold: true })
      await this.#tell(account)
      return { seen, compared: undefined }
    }
    const before = this.#state
    const url = await this.#deps.urlOf(account)
    const wanted = {
      title: titleOf(account),
      driver: webhook,
      url: url ?? account.config.publicUrl ?? null,
      id: account.config.provisioner?.webhookId ?? before.knownId,
    }
    let compared = compare(seen.result, wanted)
    const { ours } = compared
    const details = isForPerson || nowMs() - before.detailsAtMs >= DAY_MS ? webhook.details : undefined
    if (details !== undefined && ours !== null) {
      const detailed = await converse(account, (opened) => details(opened, ours), URGENT)
      if (detailed.ok)
        compared = compare(seen.result.with(seen.result.indexOf(ours), detailed.result), wanted)
    } else if (ours !== null && before.ours?.id === (ours.id?.slice(0, TEXT_MAX) ?? null)) {
      // Counts, faults and the last error are of the last details.
      const { counts, lastError, faults = [] } = before.ours
      const kept = { ...ours, counts, lastError: ours.lastError ?? lastError, faults }
      compared = compare(seen.result.with(seen.result.indexOf(ours), kept), wanted)
    }
    if (await this.#isOtherSecret(account, compared)) {
      const says = `${titleOf(account)} signs with another secret than the one that is stored as ${webhook.secretSlot}`
      compared = { ...compared, differences: [{ code: 'other_secret', says }, ...compared.differences] }
    }
    this.#keep({
      ...(await this.#surplusOf(account, isForPerson)),
      usedKey: account.keyVersion,
      ...compared,
      ours: compared.ours && shown(compared.ours),
      knownId: compared.ours?.id?.slice(0, TEXT_MAX) ?? before.knownId,
      atMs: nowMs(),
      answeredAtMs: nowMs(),
      detailsAtMs: details === undefined ? before.detailsAtMs : nowMs(),
      refusal: null,
      isUntold: true,
    })
    await this.#tell(account)
    return { seen, compared }
  }

  /** False if the ESP does not tell, or the secret waits here to be stored. */
  async #isOtherSecret({ driver: { webhook } }: OpenAccount, { ours, differences }: Compared) {
    const { secretSlot: slot } = webhook ?? {}
    if (slot === undefined || !ours?.secret || slot in this.#waiting) return false
    if (differences.some(({ code }) => code === 'elsewhere')) return false
    const bare = ours.secret.replace(/^whsec_/, '').replaceAll(/-----[^-]+-----|\s/g, '')
    const hashes = await this.#deps.secretHashes(slot)
    return !hashes.includes(await sha256Hex(bare)) && !hashes.includes(await sha256Hex(ours.secret))
  }

  /** Only a new key is judged without a person, so that a month at rest takes no more calls. */
  async #surplusOf(account: OpenAccount, isForPerson: boolean): Promise<Partial<State>> {
    const { surplus } = account.driver
    const { keyVersion } = account
    const isJudged = this.#state.judgedKey === keyVersion
    if (surplus === undefined || (isJudged && !isForPerson)) return {}
    const told = await this.#deps.converse(account, surplus, URGENT)
    if (!told.ok && isJudged) return {}
    return { judgedKey: keyVersion, surplus: told.ok ? bounded(told.result) : [] }
  }

  /** Tells the watch what is wrong, again after each check; or that all is well, if it knew of something. */
  async #tell(account: OpenAccount): Promise<void> {
    const note = this.#note(account)
    if (note !== null || this.#state.isTold) {
      // The call may arrive though it fails here.
      this.#keep({ isTold: true })
      if (!(await this.#deps.tell(note))) return
    }
    this.#keep({ isTold: note !== null, isUntold: false })
  }

  #note(account: OpenAccount): WebhookNote | null {
    const { refusal, answeredAtMs } = this.#state
    const differences = this.#differences(account)
    const [first] = differences
    const isSilent = this.#deps.nowMs() - (answeredAtMs ?? account.createdAtMs) >= UNANSWERED_MS
    const unanswered =
      refusal !== null && (isSilent || !PASSING.has(refusal.code))
        ? `nobody knows whether the webhook is on: ${this.#words(account, refusal)}`
        : undefined
    const says = [...differences.map((one) => one.says), ...(unanswered === undefined ? [] : [unanswered])]
    if (says.length === 0) return null
    const surplus = surplusWords(this.#state.surplus, account.driver)
    const code = first?.code ?? 'unanswered'
    return { code, says: [...says, ...(surplus === null ? [] : [surplus])].join('; ') }
  }

  #words(account: OpenAccount, refusal: EspRefusal): string {
    return refusalWords(refusal, { title: titleOf(account), right: account.driver.rights.webhook })
  }

  #report(account: OpenAccount): WebhookReport {
    const { atMs, answeredAtMs, ours, others, refusal } = this.#state
    return {
      checked_at: toInstant(atMs),
      answered_at: instantOrNull(answeredAtMs),
      differences: this.#differences(account),
      webhook: ours && {
        id: ours.id,
        url: ours.url,
        enabled: ours.enabled,
        types: ours.types && [...ours.types],
        signed: ours.signed,
        last_error: ours.lastError,
        delivered: ours.counts?.delivered ?? null,
        failed: ours.counts?.failed ?? null,
      },
      others,
      problem: refusal && {
        code: refusal.code,
        status: refusal.status,
        says: this.#words(account, refusal),
      },
      key_can_also: surplusWords(this.#state.surplus, account.driver),
      can_mend: this.#canMend(account),
    }
  }

  #canMend({ driver: { webhook } }: OpenAccount): boolean {
    const isThere = !this.#state.differences.some(({ code }) => code === 'absent' || code === 'elsewhere')
    return webhook?.mend !== undefined && (webhook.mends !== 'existing' || isThere)
  }
}

const NO_DRIVER = { ok: false, code: 'no_account', status: null, untilMs: null } satisfies Conversed<never>

/** Counts and last errors may change between a plan and its yes. */
const digestOf = (
  { keyVersion, config }: OpenAccount,
  url: string,
  seen: readonly SeenWebhook[],
  compared: Compared | undefined,
): Promise<string> =>
  sha256Hex(
    JSON.stringify([
      keyVersion,
      config.provider,
      config.provisioner,
      url,
      compared?.differences.map(({ code, says }) => (code === 'failing' ? code : [code, says])),
      seen.map(({ id, url: at, enabled, types, signed }) => [id, at, enabled, types, signed]),
    ]),
  )

/** Names that an ESP gives. Without brackets, by which a channel would call people. */
const bounded = (texts: readonly string[]): readonly string[] =>
  texts.slice(0, TYPES_MAX).map((text) => text.replaceAll(/[<>]/g, '').slice(0, TEXT_MAX))

/** As it is kept: without credentials, and no more than a webhook can have. */
const shown = ({ secret: _secret, ...seen }: SeenWebhook): SeenWebhook => ({
  ...seen,
  url: seen.url === null ? null : URL.canParse(seen.url) ? shownUrl(seen.url).slice(0, URL_MAX) : '',
  id: seen.id?.slice(0, TEXT_MAX) ?? null,
  types: seen.types && bounded(seen.types),
  lastError: seen.lastError?.slice(0, TEXT_MAX) ?? null,
})
