/**
 * Compares the suppressions of the ESP with the own ones, and makes both the same as far as its directions say. First it reads both lists
 * by pages, and changes nothing. The object keeps blind indexes alone: what is changed is read from the lists a second time, and judged
 * anew, so that whatever was lifted or erased meanwhile stays so. Each step can be repeated.
 */
import type { Suppressed } from '../../drivers/driver.ts'
import { doubled } from '../../platform/back-off.ts'
import { fromHex, textOf, toHex, utf8 } from '../../platform/bytes.ts'
import { DAY_MS, HOUR_MS } from '../../platform/time.ts'
import { addressOf } from '../../providers/shared/native.ts'
import { importSuppressions } from '../../store/import-suppressions.ts'
import { SCOPED_REASONS, reasonAndScope } from '../../store/suppression-reasons.ts'
import { type KnownHere, addressesOf, knownHere, suppressedAfter } from '../../store/suppression-sync.ts'
import { NO_SYNC, type SuppressionSync } from '../../registry/sources/suppression-sync.ts'
import type { EspRefusal, SyncCount, SyncExample, SyncRequest, SyncStatus, SyncStop } from '../api.ts'
import type { OpenAccount, Part, PartDeps } from '../parts.ts'
import { titleOf } from '../webhook.ts'
import { overBoundWords, refusalWords, stopWords } from '../words.ts'
import { type SyncKind, kindOfTheirs, maskedAddress, onlyHere, storedOf } from './compare.ts'
import { type SyncRow, SyncTable, chunksOf, keyOf } from './table.ts'

type Directions = Pick<SuppressionSync, 'take' | 'send'>

const READING = ['there', 'here'] as const
const CHANGING = ['take', 'send'] as const
type Step = (typeof READING)[number] | (typeof CHANGING)[number]

interface Job {
  readonly by: 'person' | 'schedule'
  readonly directions: Directions
  /** Whether it goes on from the comparison to changes. */
  readonly isRun: boolean
  readonly state: SyncStatus['state']
  /** The step that it does, or at which it was stopped. */
  readonly step: Step
  /** Where the step is: sealed, since cursors of some ESPs are addresses. */
  readonly place: string | null
  /** Pages that the step has read, and of these the last ones that had nothing new. */
  readonly pages: number
  readonly stalePages: number
  /** Entries of the ESP so far, and whether it gives no more than the beginning of its list. */
  readonly entries: number
  readonly isCut: boolean
  /** Entries that are sent one by one, after the ESP has refused them together, and of the last ones how many it refused alone. */
  readonly alone: number
  readonly refused: number
  readonly startedMs: number
  readonly changedMs: number
  readonly untilMs: number | null
  readonly failures: number
  readonly stopped: SyncStop | null
  /** Whether the watch knows how it ended. */
  readonly isTold: boolean
  readonly counts: readonly SyncCount[]
}

const KEY = 'suppression_sync'
const NIGHT_KEY = 'suppression_sync_night'
const PLACE = 'suppression-sync/cursor'

/** One run of the object. */
const RUN_MS = 15_000
const HERE_A_PAGE = 1_000
/** Far above any list that an ESP has for one account here: a flood ends. */
const ENTRIES_MAX = 2_000_000
const PAGES_MAX = 20_000
/** Pages in a row without a new entry: an ESP that leads in a circle. A page that moves while it is read repeats one. */
const STALE_PAGES_MAX = 5
const FAILURES_MAX = 6
/** The list of a hostile ESP may have texts of any length. */
const SCOPE_MAX = 200
/** Of one page in one step, after which it is read again. */
const TAKEN_A_STEP = 2_000
/** Refused one after another: that is no matter of an entry any more. */
const REFUSED_MAX = 10
const FAILED_MS = 60_000
const UNTOLD_MS = 60_000
/** After the jobs of the night. */
const NIGHT_MS = 3 * HOUR_MS
const EXAMPLES_A_KIND = 3

const STRANGER: KnownHere = { reasons: [], erasedMs: -1, hasKey: false }

/** An entry of the ESP with what it is here. */
interface Compared extends SyncRow {
  readonly entry: Suppressed
  readonly known: KnownHere
}

export class Suppressions implements Part {
  readonly #deps: PartDeps
  readonly #table: SyncTable
  /** Masked, and in memory alone. */
  #examples: SyncExample[] = []

  constructor(deps: PartDeps) {
    this.#deps = deps
    this.#table = new SyncTable(deps.storage)
  }

  status({ driver: { suppressions } }: OpenAccount): SyncStatus | null {
    if (suppressions === undefined) return null
    const job = this.#job()
    return {
      state: job?.state ?? 'none',
      step: job?.step ?? null,
      by: job?.by ?? null,
      startedMs: job?.startedMs ?? null,
      changedMs: job?.changedMs ?? null,
      untilMs: job?.untilMs ?? null,
      stopped: job?.stopped ?? null,
      isCut: job?.isCut ?? false,
      counts: job === undefined ? [] : isOpen(job) ? this.#table.counts() : job.counts,
      examples: this.#examples,
      directions: job?.directions ?? null,
      adds: suppressions.add === undefined ? [] : suppressions.adds,
    }
  }

  /** Goes on from a plan or from where it was stopped, or begins anew. Does nothing while it runs. */
  begin(account: OpenAccount, { isRun, ...asked }: SyncRequest): void {
    const job = this.#job()
    if (job?.state === 'running') return
    const wanted = account.config.suppressionSync ?? NO_SYNC
    const { take = wanted.take, send = wanted.send } = asked
    const directions = { take, send }
    const going = { by: 'person', directions, isRun, failures: 0, refused: 0 } as const
    const from = job === undefined ? 'start' : beginsAt(job, isRun, directions)
    if (job === undefined || from === 'start') this.#start('person', isRun, directions)
    else if (from === 'place')
      this.#keep({ ...job, ...going, state: 'running', stopped: null, stalePages: 0 })
    else this.#keep({ ...job, ...going, ...this.#changes(job, directions) })
    this.#deps.wake()
  }

  stop(account: OpenAccount): void {
    const job = this.#job()
    if (job?.state === 'running') this.#keep({ ...job, ...stopped(account, 'ended') })
  }

  /** Removes one address from the ESP's list. */
  async removeThere(
    account: OpenAccount,
    entry: Pick<Suppressed, 'address' | 'scope'>,
  ): Promise<{ ok: true } | { ok: false; says: string } | null> {
    const { suppressions } = account.driver
    const { remove, reasons = [] } = suppressions ?? {}
    if (remove === undefined) return null
    // Some ESPs have a list for each reason. Of a scope, the lists for all mail stay as they are.
    const listed = reasons.filter((reason) => entry.scope === null || SCOPED.includes(reason))
    const entries = listed.map((reason) => ({ ...entry, reason, atMs: null }))
    const done = await this.#deps.converse(account, (of) => remove(of, entries), { isUrgent: true })
    return done.ok ? { ok: true } : { ok: false, says: refusalWords(done, aboutOf(account)) }
  }

  async run(account: OpenAccount): Promise<number | null> {
    if (account.driver.suppressions === undefined) return null
    const { nowMs } = this.#deps
    const nightMs = this.#night(account)
    const endMs = nowMs() + RUN_MS
    for (;;) {
      const job = this.#job()
      if (job === undefined) return nightMs
      if (job.state !== 'running') {
        if (!job.isTold && !(await this.#tell(job))) return UNTOLD_MS
        if (!isOpen(job)) return nightMs
        const keptMs = job.changedMs + DAY_MS - nowMs()
        if (keptMs > 0) return Math.min(keptMs, nightMs ?? keptMs)
        this.#keep({ ...job, counts: this.#table.counts(), state: 'over', place: null })
        this.#table.clear()
        return nightMs
      }
      if (job.untilMs !== null && job.untilMs > nowMs()) return job.untilMs - nowMs()
      if (nowMs() >= endMs) return 0
      await this.#step(account, job)
    }
  }

  /** Begins the sync of the night if one is due. @returns milliseconds to the next; null if none is wanted */
  #night({ config: { suppressionSync = NO_SYNC } }: OpenAccount): number | null {
    const { storage, nowMs } = this.#deps
    if (!suppressionSync.nightly) return null
    const night = Math.floor((nowMs() - NIGHT_MS) / DAY_MS)
    const last = storage.kv.get<number>(NIGHT_KEY)
    if (last !== night) storage.kv.put(NIGHT_KEY, night)
    if (last !== undefined && last < night && this.#job()?.state !== 'running')
      this.#start('schedule', true, suppressionSync)
    return (night + 1) * DAY_MS + NIGHT_MS - nowMs()
  }

  #start(by: Job['by'], isRun: boolean, { take, send }: Directions): void {
    this.#table.clear()
    this.#examples = []
    this.#keep({
      by,
      isRun,
      directions: { take, send },
      state: 'running',
      step: 'there',
      place: null,
      pages: 0,
      stalePages: 0,
      entries: 0,
      isCut: false,
      alone: 0,
      refused: 0,
      startedMs: this.#deps.nowMs(),
      changedMs: 0,
      untilMs: null,
      failures: 0,
      stopped: null,
      isTold: false,
      counts: [],
    })
  }

  /** Tells the watch why a sync of the night has stopped, or that one ran to its end. False if it does not answer. */
  async #tell(job: Job): Promise<boolean> {
    const { by, state, stopped: why } = job
    const isNews = state === 'done' || (by === 'schedule' && why !== null && why.code !== 'ended')
    if (isNews && !(await this.#deps.noteSync(why?.says ?? null))) return false
    const now = this.#job()
    if (now?.startedMs === job.startedMs && now.state === state)
      this.#deps.storage.kv.put(KEY, { ...now, isTold: true })
    return true
  }

  #job(): Job | undefined {
    return this.#deps.storage.kv.get<Job>(KEY)
  }

  #keep(job: Job): void {
    this.#deps.storage.kv.put(KEY, { ...job, changedMs: this.#deps.nowMs() } satisfies Job)
  }

  async #step(account: OpenAccount, job: Job): Promise<void> {
    const done = await STEPS[job.step](this, account, job)
    // Somebody has stopped it meanwhile.
    const now = this.#job()
    if (now?.state !== 'running' || now.startedMs !== job.startedMs) return
    const next = 'ok' in done ? this.#failed(account, job, done) : done
    this.#keep({ ...job, untilMs: null, failures: 0, isTold: false, ...next })
    if (this.#job()?.state === 'done') this.#table.clear()
  }

  #failed(account: OpenAccount, { failures }: Job, refusal: EspRefusal): Partial<Job> {
    const { code, status, untilMs } = refusal
    if (untilMs !== null) return { untilMs }
    if (code !== 'unavailable' || failures >= FAILURES_MAX) return stopped(account, code, status)
    return {
      failures: failures + 1,
      untilMs: this.#deps.nowMs() + doubled(FAILED_MS, HOUR_MS, failures + 1),
    }
  }

  /** A page of the ESP's list, compared with what is here. */
  async page(account: OpenAccount, { place }: Job) {
    const { converse, queueSealer, store, source, nowMs } = this.#deps
    const { suppressions } = account.driver
    if (suppressions === undefined) throw new TypeError('the driver has no suppressions')
    const sealed = place === null ? undefined : fromHex(place)
    const cursor = sealed === undefined ? null : (textOf(await queueSealer.open(sealed, PLACE)) ?? null)
    const answer = await converse(account, (of) => suppressions.list(of, cursor))
    if (!answer.ok) return answer
    const { items, next, isCut = false } = answer.result
    const whole = suppressions.wholeScope?.(account.config.provisioner ?? {})
    const compared: Compared[] = []
    for (const chunk of chunksOf(items.filter(isUsual))) {
      const addresses = chunk.map(({ address }) => addressOf(address))
      const indexes = await Promise.all(
        chunk.map(({ address }, i) => store.people.indexOf(addresses[i] ?? address)),
      )
      const known = await knownHere(store, source, indexes, nowMs())
      for (const [i, { atMs, ...rest }] of chunk.entries()) {
        const person = indexes[i] ?? ''
        const here = known.get(person) ?? STRANGER
        const entry = {
          ...rest,
          address: addresses[i] ?? rest.address,
          atMs: atMs === null ? null : Math.min(atMs, nowMs()),
        }
        const { reason, scope } = entry
        const kind = addresses[i] === undefined ? 'unreadable' : kindOfTheirs(entry, here, whole)
        compared.push({ person, reason, scope, entry, known: here, kind })
      }
    }
    const isCircle = next !== null && next === cursor
    return {
      compared,
      isCircle,
      isCut,
      next: next === null ? null : toHex(await queueSealer.seal(utf8(next), PLACE)),
    }
  }

  async readThere(account: OpenAccount, job: Job): Promise<Partial<Job> | EspRefusal> {
    const page = await this.page(account, job)
    if ('ok' in page) return page
    for (const { kind, entry } of page.compared) this.#example(kind, entry)
    const added = this.#table.add(page.compared.map(rowOf))
    const stalePages = page.compared.length > 0 && added === 0 ? job.stalePages + 1 : 0
    const [pages, entries, isCut] = [job.pages + 1, job.entries + added, job.isCut || page.isCut]
    if (page.isCircle || stalePages >= STALE_PAGES_MAX) return stopped(account, 'leads_in_a_circle')
    if (pages >= PAGES_MAX || entries > ENTRIES_MAX) return stopped(account, 'too_many')
    return page.next === null
      ? { step: 'here', place: '', pages, entries, isCut, stalePages: 0 }
      : { place: page.next, pages, entries, isCut, stalePages }
  }

  async readHere(account: OpenAccount, job: Job): Promise<Partial<Job>> {
    const { store, source, nowMs } = this.#deps
    const people = await suppressedAfter(store, job.place ?? '', HERE_A_PAGE, nowMs())
    const listed = this.#table.scopesOf(people.map(({ person }) => person))
    const { add, adds = [], wholeScope } = account.driver.suppressions ?? {}
    const whole = wholeScope?.(account.config.provisioner ?? {})
    const rows = people.flatMap(({ person, reasons }) => {
      const scopes = listed.get(person) ?? new Set()
      if (scopes.has(whole ?? null)) return []
      const found = onlyHere({ person, reasons }, scopes, source, add === undefined ? [] : adds)
      return found.map(({ kind, ...one }): SyncRow => {
        return { person, ...one, kind: kind === 'only_here' && job.isCut ? 'not_listed' : kind }
      })
    })
    await this.#examplesOf(rows)
    this.#table.add(rows)
    const last = people.at(-1)
    if (last !== undefined && people.length === HERE_A_PAGE) return { place: last.person }
    if (!job.isRun) return { state: 'planned' }
    const { atMost } = account.config.suppressionSync ?? NO_SYNC
    const changes = this.#table.openCount(
      CHANGING.flatMap((one) => (job.directions[one] ? CHANGED_BY[one] : [])),
    )
    return job.by === 'schedule' && changes > atMost
      ? { state: 'planned', stopped: { code: 'over_bound', says: overBoundWords(changes, atMost) } }
      : this.#changes(job, job.directions)
  }

  /** The first of the steps that change something, after another one. The list is read again only if there is something to take. */
  #changes(job: Pick<Job, 'pages'>, directions: Directions, after?: Step): Partial<Job> {
    const rest = CHANGING.slice(CHANGING.findIndex((one) => one === after) + 1)
    const step = rest.find((one) => directions[one] && this.#isOpen(one))
    return step === undefined
      ? { state: 'done', stopped: null, place: null, counts: this.#table.counts() }
      : {
          state: 'running',
          stopped: null,
          step,
          place: null,
          pages: step === 'send' ? job.pages : 0,
          stalePages: 0,
        }
  }

  #isOpen(step: (typeof CHANGING)[number]): boolean {
    return CHANGED_BY[step].some((kind) => this.#table.next(kind, 1).length > 0)
  }

  /** @param isAgain whether the same page is read once more */
  #onward(
    account: OpenAccount,
    job: Job,
    page: { isCircle: boolean; next: string | null },
    isAgain: boolean,
  ): Partial<Job> {
    const pages = job.pages + 1
    if (page.isCircle || pages >= PAGES_MAX) return stopped(account, 'leads_in_a_circle')
    if (isAgain) return { pages }
    return page.next === null || !this.#isOpen('take')
      ? this.#changes(job, job.directions, 'take')
      : { place: page.next, pages }
  }

  /** Only what the comparison has found, and is as it was found. */
  async take(account: OpenAccount, job: Job): Promise<Partial<Job> | EspRefusal> {
    const page = await this.page(account, job)
    if ('ok' in page) return page
    const { store, source, nowMs } = this.#deps
    const keys = this.#table.open(page.compared.map(rowOf), CHANGED_BY.take)
    const open = page.compared.filter((one) => keys.has(keyOf(one)))
    const some = open.slice(0, TAKEN_A_STEP)
    const isDue = ({ kind }: SyncRow) => kind === 'only_there' || kind === 'other_reason'
    const due = some.filter(isDue)
    await importSuppressions(
      store,
      due.map(({ person, entry, known }) => {
        const { address, atMs } = entry
        const sinceMs = atMs
        const common = {
          reason: storedOf(entry),
          sinceMs,
          asOfMs: sinceMs,
          liftedAtMs: null,
          expiresAtMs: entry.expiresAtMs ?? null,
          source,
        }
        // Nobody who was erased gets a key for it.
        return known.erasedMs >= 0 && !known.hasKey
          ? { ...common, person, sinceMs: sinceMs ?? nowMs(), asOfMs: sinceMs ?? nowMs() }
          : { ...common, address, note: '', eventId: null, nativeType: NATIVE_TYPE, evidence: null }
      }),
      nowMs(),
    )
    this.#table.finish(due.map(rowOf), 1)
    this.#table.finish(some.filter((one) => !isDue(one)).map(rowOf), 2)
    return this.#onward(account, job, page, open.length > some.length)
  }

  /** Sends what is still wanted, as many as the ESP takes at once. What it refuses together is sent one by one, and what it refuses alone is left. */
  async send(account: OpenAccount, job: Job): Promise<Partial<Job> | EspRefusal> {
    const { store, source, nowMs, converse } = this.#deps
    const { atOnce = 1, add } = account.driver.suppressions ?? {}
    const rows = this.#table.next('only_here', job.alone > 0 ? 1 : atOnce)
    if (rows.length === 0 || add === undefined) return this.#changes(job, job.directions, 'send')
    const people = rows.map(({ person }) => person)
    const [addresses, known] = await Promise.all([
      addressesOf(store, people),
      knownHere(store, source, people, nowMs()),
    ])
    const isWanted = ({ person, scope }: SyncRow) =>
      known
        .get(person)
        ?.reasons.map((one) => ({ ...one, ...reasonAndScope(one.reason) }))
        .some((one) => one.isInForce && (one.scope === null || one.scope === scope)) === true
    const [due, over] = [true, false].map((is) =>
      rows.filter((row) => (isWanted(row) && addresses.has(row.person)) === is),
    ) as [SyncRow[], SyncRow[]]
    this.#table.finish(over, 2)
    if (due.length === 0) return {}
    const entries = due.map(({ person, reason, scope }) => {
      return {
        address: addresses.get(person) ?? '',
        reason: reason as Suppressed['reason'],
        scope,
        atMs: null,
      }
    })
    const answer = await converse(account, (of) => add(of, entries))
    const alone = Math.max(0, job.alone - 1)
    if (answer.ok) {
      this.#table.finish(due, 1)
      return { alone, refused: 0 }
    }
    if (!OF_AN_ENTRY.has(answer.code) || job.refused >= REFUSED_MAX) return answer
    if (due.length > 1) return { alone: due.length }
    this.#table.finish(due, 2)
    return { alone, refused: job.refused + 1 }
  }

  #example(
    kind: SyncKind,
    { address, reason, scope }: Pick<Suppressed, 'address' | 'scope'> & { reason: string },
  ): void {
    if (
      kind === 'same' ||
      kind === 'unreadable' ||
      this.#examples.filter((one) => one.kind === kind).length >= EXAMPLES_A_KIND
    )
      return
    this.#examples.push({ kind, address: maskedAddress(address), reason, scope })
  }

  async #examplesOf(rows: readonly SyncRow[]): Promise<void> {
    const byKind = Map.groupBy(rows, ({ kind }) => kind)
    const first = [...byKind.values()].flatMap((ones) => ones.slice(0, EXAMPLES_A_KIND))
    const addresses = await addressesOf(
      this.#deps.store,
      first.map(({ person }) => person),
    )
    for (const row of first) this.#example(row.kind, { ...row, address: addresses.get(row.person) ?? '' })
  }
}

const SCOPED: readonly string[] = SCOPED_REASONS

/** Evidence of what was taken in, where an event has the ESP's name for it. */
const NATIVE_TYPE = 'suppression list'

/** Kinds that each step changes. */
const CHANGED_BY = {
  take: ['only_there', 'other_reason'],
  send: ['only_here'],
} as const satisfies Record<(typeof CHANGING)[number], readonly SyncKind[]>

/** Where a person goes on: at the place where it was stopped, with the changes of what was compared, or anew. */
function beginsAt(job: Job, isRun: boolean, directions: Directions): 'place' | 'changes' | 'start' {
  if (job.state === 'planned') return isRun ? 'changes' : 'start'
  const { step, stopped: why } = job
  if (job.state !== 'stopped' || why === null || why.code === 'ended') return 'start'
  const keepsPlace = !OF_THE_PLACE.has(why.code)
  if (READING.some((one) => one === step)) return keepsPlace ? 'place' : 'start'
  const isSame = CHANGING.every((one) => job.directions[one] === directions[one])
  return isRun ? (keepsPlace && isSame ? 'place' : 'changes') : 'start'
}

/** Reasons to begin anew, and not at the same place: the ESP may not know it any more. */
const OF_THE_PLACE: ReadonlySet<SyncStop['code']> = new Set([
  'refused', 'unreadable', 'too_large', 'leads_in_a_circle', 'too_many',
]) // prettier-ignore

/** Refusals that may be of one entry: an address that is none to the ESP, or a scope that is gone there. */
const OF_AN_ENTRY: ReadonlySet<EspRefusal['code']> = new Set(['refused', 'not_found'])

const STEPS: Readonly<
  Record<Step, (part: Suppressions, account: OpenAccount, job: Job) => Promise<Partial<Job> | EspRefusal>>
> = {
  there: (part, account, job) => part.readThere(account, job),
  here: (part, account, job) => part.readHere(account, job),
  take: (part, account, job) => part.take(account, job),
  send: (part, account, job) => part.send(account, job),
}

const aboutOf = (account: OpenAccount) => ({
  title: titleOf(account),
  right: account.driver.rights.suppressions,
})

const stopped = (
  account: OpenAccount,
  code: Exclude<SyncStop['code'], 'over_bound'>,
  status: number | null = null,
) =>
  ({
    state: 'stopped',
    stopped: { code, says: stopWords(code, aboutOf(account), status) },
    untilMs: null,
  }) as const

/** Whether the table has its entries. */
const isOpen = ({ state }: Job): boolean => state !== 'done' && state !== 'over'

const isUsual = ({ scope }: Suppressed): boolean => (scope?.length ?? 0) <= SCOPE_MAX

const rowOf = ({ person, reason, scope, kind }: SyncRow): SyncRow => ({ person, reason, scope, kind })
