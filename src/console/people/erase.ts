/**
 * Erases a person. Each step can be done again: after a crash, the nightly job or the same request goes on. The order matters.
 * There is a copy of the erasure before anything is erased, and the store is erased before destinations are told: after that, no event
 * that names the person is sent.
 */
import type { Certificate, ErasureAnswer, ErasurePlan, Remains } from '../../api/erasures.ts'
import { DAY_MS, toInstant } from '../../platform/time.ts'
import type { ErasureRecord, UnfinishedErasure } from '../../registry/erasures/erasure.ts'
import type { RetentionSettings } from '../../registry/retention/document.ts'
import { ErasuresPending } from '../../store/erasures/ensure.ts'
import { countInStore } from '../../store/erasures/count.ts'
import { type OtherSpelling, spellingsOf } from '../../store/other-spellings.ts'
import { readProgress } from '../../store/erasures/progress.ts'
import type { RequestContext } from '../request-context.ts'
import { note } from '../note.ts'
import { heldBy } from '../retention/kind.ts'
import { certificatePerson, signCertificate } from './certificate.ts'
import { erasureDeps } from './deps.ts'
import { adoptErasures, keepCopy } from './erasure-copies.ts'
import { countPlaces } from './places.ts'
import type { SoughtPerson } from './parts.ts'
import { PLACES } from './places.ts'

/** Time of one request. A client waits for a minute at least. */
const REQUEST_MS = 20_000

/** Retention is changed by people, so it hardly changes twice in a moment. */
const BEGIN_TRIES_MAX = 5

/** An erasure with those of the other spellings of the address. */
interface Begun extends UnfinishedErasure {
  readonly others?: readonly UnfinishedErasure[]
}

/**
 * Erases a person in the time of one request. One that runs goes on. If that one keeps the suppression, and the request is to forget it,
 * another follows.
 *
 * @returns the unfinished erasure if the time was not enough; `held` if a hold keeps something of the person
 */
export async function erasePerson(
  context: RequestContext,
  sought: SoughtPerson,
  keepsSuppression: boolean,
): Promise<ErasureRecord | UnfinishedErasure | 'held'> {
  const untilMs = context.live.nowMs() + REQUEST_MS
  for (;;) {
    const erasure = await beginErasure(context, sought, keepsSuppression)
    if (erasure === 'held') return erasure
    const record = await goOn(context, erasure, () => context.live.nowMs() < untilMs)
    if (record === 'running') return erasure
    if (keepsSuppression || !erasure.keepsSuppression) return record
  }
}

/** @returns `held` if a hold keeps something of the person */
export async function beginErasure(
  context: RequestContext,
  sought: SoughtPerson,
  keepsSuppression: boolean,
): Promise<Begun | 'held'> {
  const { registry, who } = context
  const { newest } = await adoptErasures(context)
  const above = Math.max(newest, await newestInStore(context, sought))
  for (let tries = 0; tries < BEGIN_TRIES_MAX; tries++) {
    const { version, isHeld, spellings } = await holdOn(context, sought)
    if (isHeld) return 'held'
    const begun: UnfinishedErasure[] = []
    // The person last: if this dies before, the same request begins the rest.
    for (const { index: person, address } of [...spellings, sought]) {
      const wanted = { person, address, keepsSuppression, above, retentionVersion: version }
      const began = await registry.erasures.begin(wanted, who)
      if (began.ok) begun.push(began.erasure)
    }
    const erasure = begun.pop()
    if (erasure !== undefined && begun.length === spellings.length) return { ...erasure, others: begun }
  }
  throw new Error('retention changes all the time')
}

/** If the store waits for an unfinished erasure of this same person, the answer is 0 in place of an error. Else that erasure could never finish. */
async function newestInStore(
  { registry, store }: Pick<RequestContext, 'registry' | 'store'>,
  { index }: SoughtPerson,
): Promise<number> {
  try {
    const { begun, through } = await readProgress(store.db)
    return Math.max(begun, through)
  } catch (cause) {
    if (!(cause instanceof ErasuresPending)) throw cause
    const erasures = await registry.erasures.of(index)
    if (!erasures.some(({ finishedAtMs }) => finishedAtMs === null)) throw cause
    return 0
  }
}

/** Whether a hold names the person or a source that has something of them, and in which version of the retention document. */
export async function holdOn(
  context: RequestContext,
  { index, address }: SoughtPerson,
): Promise<{
  readonly version: number
  readonly isHeld: boolean
  readonly spellings: readonly OtherSpelling[]
}> {
  const { version, holds } = await context.registry.retention.read()
  const { people, sources } = await heldBy(holds, context.store)
  // As it is: an erasure of this same person may be the one that the database waits for.
  const store = { ...context.store, db: context.inspected.db }
  const spellings = await spellingsOf(store, address, context.nowMs)
  const isNamed = ({ names }: OtherSpelling) =>
    holds.some(({ person }) => person !== null && names.has(store.people.normal(person)))
  let isHeld = people.includes(index) || spellings.some(isNamed)
  for (const one of sources.length === 0 ? [] : [index, ...spellings.map((spelling) => spelling.index)]) {
    const counts = await countInStore(erasureDeps({ ...context, store }), one, sources)
    isHeld ||= Object.values(counts).some(({ held = 0 }) => held > 0)
  }
  return { version, isHeld, spellings }
}

/**
 * Goes on with an erasure until it is finished.
 *
 * @param mayGoOn asked before each step
 * @returns `running` if the time was not enough, or if a dependency failed, which is logged
 */
export async function goOn(
  context: RequestContext,
  erasure: Begun,
  mayGoOn: () => boolean,
): Promise<ErasureRecord | 'running'> {
  for (const other of erasure.others ?? [])
    if ((await goOn(context, other, mayGoOn)) === 'running') return 'running'
  try {
    await keepCopy(context, erasure)
    await context.erasures.ensure()
    for (const { erase } of PLACES) {
      let isDone = erase === undefined
      while (!isDone) {
        if (!mayGoOn()) return 'running'
        isDone = (await erase?.(context, erasure.person)) !== false
      }
    }
    await tellDestinations(context, erasure)
    return await finish(context, erasure)
  } catch (cause) {
    if (!(cause instanceof ErasuresPending)) context.reportUnavailable('erasure', cause)
    return 'running'
  }
}

/** Counts what an erasure would remove, and says what it would leave. It tells what is known of the person, so it has a line as `show` has. */
export async function planErasure(
  context: RequestContext,
  sought: SoughtPerson,
  keepsSuppression: boolean,
): Promise<ErasurePlan> {
  const { registry, nowMs } = context
  await note(context, 'person.shown', `person/${sought.index}`, { plan: 'erase' })
  const spellings = await spellingsOf(context.store, sought.address, nowMs)
  const all = [sought, ...spellings].map(({ index }) => countPlaces(context, index))
  const counted = await Promise.all(all)
  const places = PLACES.flatMap(({ name, erasing }) => {
    if (erasing === undefined) return []
    const here = counted.flatMap((counts) => counts[name] ?? [])
    const count = here.length === 0 ? null : here.reduce((sum, one) => sum + one.count, 0)
    const others = here.reduce<number | undefined>(
      (sum, one) => (one.others === undefined ? sum : (sum ?? 0) + one.others),
      undefined,
    )
    return [{ place: name, what: erasing, count, ...(others === undefined ? {} : { others }) }]
  })
  const { settings } = await registry.retention.read()
  return {
    state: 'planned',
    places,
    filters: await filtersNaming(context, sought.address),
    remains: await remainsOf(context, settings, keepsSuppression, nowMs),
  }
}

/** The erasure as the API answers it. */
export async function erasureAnswer(
  { store }: Pick<RequestContext, 'store'>,
  erasure: Omit<ErasureRecord, 'certificate' | 'finishedAtMs'> & Partial<ErasureRecord>,
): Promise<ErasureAnswer> {
  const { number, person, erasedAtMs, keepsSuppression, finishedAtMs, certificate } = erasure
  const facts = {
    number,
    person: await certificatePerson(person, store.people),
    erased_at: toInstant(erasedAtMs),
    keeps_suppression: keepsSuppression,
  }
  const isFinished = typeof finishedAtMs === 'number' && typeof certificate === 'string'
  return isFinished
    ? { state: 'finished', ...facts, finished_at: toInstant(finishedAtMs), certificate }
    : { state: 'running', ...facts }
}

/** An adopted erasure has no address any more, so nobody can be told. */
async function tellDestinations(
  { registry, destinations }: RequestContext,
  { number, person, address, erasedAtMs }: UnfinishedErasure,
): Promise<void> {
  if (address === null) return
  for (const { name } of await registry.destinations.list())
    await destinations.getByName(name).tellErased({ number, person, address, erasedAtMs })
}

async function finish(context: RequestContext, erasure: UnfinishedErasure): Promise<ErasureRecord> {
  const { registry, store, live, who } = context
  const { number, erasedAtMs } = erasure
  const finishedAtMs = Math.max(live.nowMs(), erasedAtMs)
  const { settings } = await registry.retention.read()
  const { state: _state, ...facts } = await erasureAnswer(context, erasure)
  const certificate: Certificate = {
    type: 'postern-erasure',
    version: 1,
    ...facts,
    finished_at: toInstant(finishedAtMs),
    destroyed: PLACES.flatMap(({ name, erasing }) =>
      erasing === undefined ? [] : [{ place: name, what: erasing }],
    ),
    remains: await remainsOf(context, settings, erasure.keepsSuppression, finishedAtMs),
  }
  const jws = await signCertificate(certificate, store.people)
  const finished = await registry.erasures.finish(number, jws, finishedAtMs, who)
  if (finished === null) throw new Error('the erasure is not in the registry any more')
  return finished
}

/** Ids that are named of what remains. */
const NAMED_MAX = 20

/** The same for everybody, of whom the suppression is kept or not. @param fromMs when the rest was erased */
async function remainsOf(
  context: RequestContext,
  settings: RetentionSettings,
  keepsSuppression: boolean,
  fromMs: number,
): Promise<Remains[]> {
  const all = PLACES.flatMap((place) => place.remains ?? []).filter(
    ({ isSuppression }) => isSuppression !== true || keepsSuppression,
  )
  const remains = all.map(async ({ what, why, days, ids }) => {
    const named = await ids?.(context, NAMED_MAX + 1)
    const left = days(settings)
    const some = named?.slice(0, NAMED_MAX).join(', ') ?? ''
    const more = (named?.length ?? 0) > NAMED_MAX ? ' and more' : ''
    const until = left === null ? null : toInstant(fromMs + left * DAY_MS)
    return named?.length === 0 ? [] : [{ what: some === '' ? what : `${what}: ${some}${more}`, until, why }]
  })
  return (await Promise.all(remains)).flat()
}

/** Destinations whose filter has the address in one of its values. */
async function filtersNaming(
  { registry, store }: Pick<RequestContext, 'registry' | 'store'>,
  address: string,
): Promise<string[]> {
  const isNamed = (value: unknown): boolean =>
    typeof value === 'string'
      ? store.people.normal(value).includes(address)
      : typeof value === 'object' && value !== null && Object.entries(value).flat().some(isNamed)
  const destinations = await registry.destinations.list()
  return destinations.filter(({ config }) => isNamed(config.filter)).map(({ name }) => name)
}
