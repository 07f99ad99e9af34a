/**
 * Compares the suppressions of the ESP with the own ones, and makes both the same as far as its directions say. First it reads both lists
 * by pages, and changes nothing. The object keeps blind indexes alone: what is changed is read from the lists a second time, and judged
 * anew, so that whatever was lifted or erased meanwhile stays so. Each step can be repeated.
 */
import type { Suppressed } from '../../drivers/driver.ts'
import { doubled } from '../../platform/back-off.ts'
import { fromHex, textOf, toHex, utf8 } from '../../platform/bytes.ts'
import { importSuppressions } from '../../store/import-suppressions.ts'
import { SCOPED_REASONS } from '../../store/suppression-reasons.ts'
import { type KnownHere, addressesOf, knownHere, suppressedAfter } from '../../store/suppression-sync.ts'
import { NO_SYNC, type SuppressionSync } from '../../registry/sources/suppression-sync.ts'
import type { EspRefusal, SyncCount, SyncExample, SyncRequest, SyncStatus, SyncStop } from '../api.ts'
import type { Conversed } from '../converse.ts'
import type { OpenAccount, Part, PartDeps } from '../parts.ts'
import { type SyncKind, kindOfTheirs, maskedAddress, onlyHere, storedOf } from './compare.ts'
import { type SyncRow, SyncTable } from './table.ts'

type Directions = Pick<SuppressionSync, 'take' | 'send' | 'remove'>

const READING = ['there', 'here'] as const
const CHANGING = ['take', 'send', 'remove'] as const
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
  readonly startedMs: number
  readonly changedMs: number
  readonly untilMs: number | null
  readonly failures: number
  readonly stopped: SyncStop | null
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
const FAILED_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
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
      counts: job === undefined ? [] : isOpen(job) ? this.#table.counts() : job.counts,
      examples: this.#examples,
      directions: job?.directions ?? null,
      adds: suppressions.add === undefined ? [] : suppressions.adds,
      removes: suppressions.remove !== undefined,
    }
  }

  /** Goes on from a plan or from where it was stopped, or begins anew. Does nothing while it runs. */
  begin(account: OpenAccount, { isRun, ...asked }: SyncRequest): void {
    const job = this.#job()
    if (job?.state === 'running') return
    const wanted = account.config.suppressionSync ?? NO_SYNC
    const { take = wanted.take, send = wanted.send, remove = wanted.remove } = asked
    const directions = { take, send, remove }
    if (isRun && job?.state === 'planned')
      this.#keep({ ...job, by: 'person', directions, isRun, ...this.#changes(job, directions) })
    else if (isRun && job?.isRun === true && job.state === 'stopped' && job.stopped !== 'ended')
      this.#keep({ ...job, state: 'running', stopped: null, failures: 0, stalePages: 0 })
    else this.#start('person', isRun, directions)
    this.#deps.wake()
  }

  stop(): void {
    const job = this.#job()
    if (job?.state === 'running') this.#keep({ ...job, ...stopped('ended') })
  }

  /** Removes one address from the ESP's list. */
  async removeThere(
    account: OpenAccount,
    entry: Pick<Suppressed, 'address' | 'scope'>,
  ): Promise<Conversed<null> | null> {
    const { suppressions } = account.driver
    const { remove, reasons = [] } = suppressions ?? {}
    if (remove === undefined) return null
    // Some ESPs have a list for each reason. Of a scope, the lists for all mail stay as they are.
    const listed = reasons.filter((reason) => entry.scope === null || SCOPED.includes(reason))
    const entries = listed.map((reason) => ({ ...entry, reason, atMs: null }))
    return this.#deps.converse(account, (of) => remove(of, entries), { isUrgent: true })
  }

  async run(account: OpenAccount): Promise<number | null> {
    if (account.driver.suppressions === undefined) return null
    const { nowMs } = this.#deps
    const nightMs = this.#night(account)
    const endMs = nowMs() + RUN_MS
    for (;;) {
      const job = this.#job()
      if (job === undefined || !isOpen(job)) return nightMs
      if (job.state !== 'running') {
        const keptMs = job.changedMs + DAY_MS - nowMs()
        if (keptMs > 0) return Math.min(keptMs, nightMs ?? keptMs)
        this.#keep({ ...job, counts: this.#table.counts(), state: 'over' })
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

  #start(by: Job['by'], isRun: boolean, { take, send, remove }: Directions): void {
    this.#table.clear()
    this.#examples = []
    this.#keep({
      by,
      isRun,
      directions: { take, send, remove },
      state: 'running',
      step: 'there',
      place: null,
      pages: 0,
      stalePages: 0,
      startedMs: this.#deps.nowMs(),
      changedMs: 0,
      untilMs: null,
      failures: 0,
      stopped: null,
      counts: [],
    })
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
    this.#keep({ ...job, untilMs: null, failures: 0, ...('ok' in done ? this.#failed(job, done) : done) })
    const { state, by, stopped: why } = this.#job() ?? job
    if (by === 'schedule' && state !== 'running')
      await this.#deps.noteJob(`suppression sync of ${account.name}`, why)
    if (state === 'done') this.#table.clear()
  }

  #failed({ failures }: Job, { code, untilMs }: EspRefusal): Partial<Job> {
    if (untilMs !== null) return { untilMs }
    if (code !== 'unavailable' || failures >= FAILURES_MAX) return stopped(code)
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
    const { items, next } = answer.result
    const indexes = await Promise.all(items.map(({ address }) => store.people.indexOf(address)))
    const known = await knownHere(store, source, indexes, nowMs())
    const compared = items.map((entry, i): Compared => {
      const person = indexes[i] ?? ''
      const here = known.get(person) ?? STRANGER
      const { reason, scope } = entry
      return { person, reason, scope, entry, known: here, kind: kindOfTheirs(entry, here) }
    })
    const isCircle = next !== null && next === cursor
    return {
      compared,
      isCircle,
      next: next === null ? null : toHex(await queueSealer.seal(utf8(next), PLACE)),
    }
  }

  async readThere(account: OpenAccount, job: Job): Promise<Partial<Job> | EspRefusal> {
    const page = await this.page(account, job)
    if ('ok' in page) return page
    for (const { kind, entry } of page.compared) this.#example(kind, entry)
    const added = this.#table.add(page.compared.map(rowOf))
    const stalePages = page.compared.length > 0 && added === 0 ? job.stalePages + 1 : 0
    const pages = job.pages + 1
    if (page.isCircle || stalePages >= STALE_PAGES_MAX) return stopped('leads_in_a_circle')
    if (pages >= PAGES_MAX || (pages % 100 === 0 && this.#table.size() > ENTRIES_MAX))
      return stopped('too_many')
    return page.next === null
      ? { step: 'here', place: '', pages, stalePages: 0 }
      : { place: page.next, pages, stalePages }
  }

  async readHere(account: OpenAccount, job: Job): Promise<Partial<Job>> {
    const { store, source, nowMs } = this.#deps
    const people = await suppressedAfter(store, job.place ?? '', HERE_A_PAGE, nowMs())
    const listed = this.#table.scopesOf(people.map(({ person }) => person))
    const { add, adds = [] } = account.driver.suppressions ?? {}
    const rows = people.flatMap((one) =>
      onlyHere(one, listed.get(one.person) ?? new Set(), source, add === undefined ? [] : adds).map(
        (found): SyncRow => ({ person: one.person, ...found }),
      ),
    )
    await this.#examplesOf(rows)
    this.#table.add(rows)
    const last = people.at(-1)
    if (last !== undefined && people.length === HERE_A_PAGE) return { place: last.person }
    if (!job.isRun) return { state: 'planned' }
    const { atMost } = account.config.suppressionSync ?? NO_SYNC
    const wanted = this.#wanted(job.directions)
    return job.by === 'schedule' && wanted > atMost
      ? { state: 'planned', stopped: 'over_bound' }
      : this.#changes(job, job.directions)
  }

  /** How many entries a run would change. */
  #wanted({ take, send, remove }: Directions): number {
    const isWanted = ({ kind }: SyncCount) =>
      (take && (kind === 'only_there' || kind === 'other_reason')) ||
      (send && kind === 'only_here') ||
      (remove && kind === 'ended_here')
    return this.#table.counts().reduce((sum, one) => sum + (isWanted(one) ? one.count : 0), 0)
  }

  /** The first of the steps that change something, after another one. The list is read again only if there is something to take. */
  #changes(job: Pick<Job, 'pages'>, directions: Directions, after?: Step): Partial<Job> {
    const isOpenFor = {
      take: directions.take && ['only_there', 'other_reason'].some((kind) => this.#has(kind as SyncKind)),
      send: directions.send && this.#has('only_here'),
      remove: directions.remove && this.#has('ended_here'),
    }
    const rest = CHANGING.slice(CHANGING.findIndex((one) => one === after) + 1)
    const step = rest.find((one) => isOpenFor[one])
    return step === undefined
      ? { state: 'done', stopped: null, counts: this.#table.counts() }
      : {
          state: 'running',
          stopped: null,
          step,
          place: null,
          pages: step === 'take' ? 0 : job.pages,
          stalePages: 0,
        }
  }

  #has(kind: SyncKind): boolean {
    return this.#table.next(kind, 1).length > 0
  }

  /** Only what the comparison has found, and is as it was found. */
  async take(account: OpenAccount, job: Job): Promise<Partial<Job> | EspRefusal> {
    const page = await this.page(account, job)
    if ('ok' in page) return page
    const { store, source, nowMs } = this.#deps
    const found = this.#table.open(page.compared.map(rowOf))
    const keys = new Set(found.map(keyOf))
    const open = page.compared.filter((one) => keys.has(keyOf(one)))
    const taken = open.filter(({ kind }) => kind === 'only_there' || kind === 'other_reason')
    await importSuppressions(
      store,
      taken.map(({ person, entry, known }) => {
        const { address, atMs } = entry
        const sinceMs = atMs
        const common = {
          reason: storedOf(entry),
          sinceMs,
          asOfMs: sinceMs,
          liftedAtMs: null,
          expiresAtMs: null,
          source,
        }
        // Nobody who was erased gets a key for it.
        return known.erasedMs >= 0 && !known.hasKey
          ? { ...common, person, sinceMs: sinceMs ?? nowMs(), asOfMs: sinceMs ?? nowMs() }
          : { ...common, address, note: '', eventId: null, nativeType: NATIVE_TYPE, evidence: null }
      }),
      nowMs(),
    )
    this.#table.finish(taken.map(rowOf), 1)
    this.#table.finish(open.filter((one) => !taken.includes(one)).map(rowOf), 2)
    const pages = job.pages + 1
    if (page.isCircle || pages >= PAGES_MAX) return stopped('leads_in_a_circle')
    const rest = ['only_there', 'other_reason'].some((kind) => this.#has(kind as SyncKind))
    return page.next === null || !rest
      ? this.#changes(job, job.directions, 'take')
      : { place: page.next, pages }
  }

  /** Sends, or removes there, what is still wanted, as many as the ESP takes at once. */
  async change(account: OpenAccount, job: Job, step: 'send' | 'remove'): Promise<Partial<Job> | EspRefusal> {
    const { store, source, nowMs, converse } = this.#deps
    const { atOnce = 1, add, remove } = account.driver.suppressions ?? {}
    const make = step === 'send' ? add : remove
    const rows = this.#table.next(
      step === 'send' ? 'only_here' : 'ended_here',
      make === undefined ? 0 : atOnce,
    )
    if (rows.length === 0 || make === undefined) return this.#changes(job, job.directions, step)
    const people = rows.map(({ person }) => person)
    const [addresses, known] = await Promise.all([
      addressesOf(store, people),
      knownHere(store, source, people, nowMs()),
    ])
    const entries = rows.flatMap((row): (Suppressed & SyncRow)[] => {
      const address = addresses.get(row.person)
      const entry = { ...row, reason: row.reason as Suppressed['reason'], atMs: null }
      const blocks = known
        .get(row.person)
        ?.reasons.some(
          ({ isInForce, reason }) =>
            isInForce && (reason.indexOf(':') < 0 || reason.endsWith(`:${row.scope}`)),
        )
      return address === undefined || (blocks ?? false) !== (step === 'send') ? [] : [{ ...entry, address }]
    })
    if (entries.length > 0) {
      const answer = await converse(account, (of) =>
        make(
          of,
          entries.map(({ address, reason, scope, atMs }) => ({ address, reason, scope, atMs })),
        ),
      )
      if (!answer.ok) return answer
    }
    const keys = new Set(entries.map(keyOf))
    this.#table.finish(entries.map(rowOf), 1)
    this.#table.finish(
      rows.filter((row) => !keys.has(keyOf(row))),
      2,
    )
    return {}
  }

  #example(
    kind: SyncKind,
    { address, reason, scope }: Pick<Suppressed, 'address' | 'scope'> & { reason: string },
  ): void {
    if (kind === 'same' || this.#examples.filter((one) => one.kind === kind).length >= EXAMPLES_A_KIND) return
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

const STEPS: Readonly<
  Record<Step, (part: Suppressions, account: OpenAccount, job: Job) => Promise<Partial<Job> | EspRefusal>>
> = {
  there: (part, account, job) => part.readThere(account, job),
  here: (part, account, job) => part.readHere(account, job),
  take: (part, account, job) => part.take(account, job),
  send: (part, account, job) => part.change(account, job, 'send'),
  remove: (part, account, job) => part.change(account, job, 'remove'),
}

const stopped = (why: SyncStop) => ({ state: 'stopped', stopped: why, untilMs: null }) as const

/** Whether the table has its entries. */
const isOpen = ({ state }: Job): boolean => state !== 'done' && state !== 'over'

const rowOf = ({ person, reason, scope, kind }: SyncRow): SyncRow => ({ person, reason, scope, kind })

const keyOf = ({ person, reason, scope }: SyncRow): string => `${person} ${reason} ${scope ?? ''}`
