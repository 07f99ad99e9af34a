/** A destination's object: delivers events to one endpoint of the customer. This file has its calls; `run.ts` does the work. */
import { DurableObject } from 'cloudflare:workers'
import { eventFilter } from '../event/filter/filter.ts'
import type { EventType } from '../event/mail-event.ts'
import { HostChecks } from '../platform/dns-check.ts'
import type { Forgotten } from '../platform/forgotten.ts'
import { requestId } from '../platform/ids.ts'
import { type MasterKey, readMasterKeys } from '../platform/master-key.ts'
import { sealer } from '../platform/seal.ts'
import { SYSTEM, type System } from '../platform/system.ts'
import { PositionMoved, type Reading } from '../readers/positions.ts'
import { Runner } from '../readers/runner.ts'
import { Settings } from '../readers/settings.ts'
import { isPausedAt } from '../registry/destinations/document.ts'
import type { SealedDestination } from '../registry/destinations/destination.ts'
import { type Registries, registryIn } from '../registry/members.ts'
import { arrivalAt, arrivalEnd, storedAtMs } from '../store/arrival.ts'
import { addressesIn } from '../store/named-people.ts'
import { dropRequests, requestBacklog } from '../store/requests.ts'
import { type ErasureGate, gateOf } from '../store/erasures/gate.ts'
import { type Store, openStore } from '../store/store.ts'
import type { Attempt, ReplayBegun, Tested, Undelivered, WaitingDelivery } from '../api/destinations.ts'
import type { DeliveryStatus, DestinationApi, ErasedPerson, Listed, ReplayRequest } from './api.ts'
import { attemptLine } from './attempt-line.ts'
import { attemptOf } from './memory/attempts.ts'
import { CLOSED } from './pace/breaker.ts'
import { type OpenDestination, openConfig } from './config.ts'
import { exampleDelivery } from './send/example.ts'
import { HEALTHY } from './pace/health.ts'
import { attemptsOf, listAttempts, listGivenUp, listWaiting } from './show/lists.ts'
import { Memory } from './memory/memory.ts'
import { Deadlines } from '../outbound/deadlines.ts'
import { Pacer } from './pace/pacer.ts'
import { MAIN, REPLAY, fullSources, settledReading } from './readers.ts'
import { FIRST_REQUEST, isOriginal } from './requests.ts'
import { countMatching, replayAnswer } from './replay-plan.ts'
import { Run } from './run.ts'
import { type SendDeps, send } from './send/send.ts'
import { startPosition } from './start.ts'
import type { RedriveFilter } from './memory/waiting.ts'
import { wantsErasures } from './tell-erasures.ts'
import { statusOf } from './show/status.ts'

export interface DestinationEnv {
  readonly MASTER_KEY?: string
  /** `allowed` under `npm start`: destinations on this machine and in private networks. */
  readonly PRIVATE_DESTINATIONS?: string
  readonly STORE: D1Database
  readonly LARGE: R2Bucket
  readonly REGISTRY: Registries<'snapshots' | 'audit' | 'erasures'>
}

/**
 * A consumer that has just asked for the names of destinations does not know a new one for five seconds (`consumer/hints.ts`), and
 * wakes it by no hint. Until then the new one looks for events by itself.
 */
const NEW_MS = 10_000
const NEW_EVERY_MS = 2_000

export class Destination extends DurableObject<DestinationEnv> implements DestinationApi {
  readonly #name: string
  readonly #store: Store
  readonly #erasures: ErasureGate
  readonly #masters: readonly [MasterKey, ...MasterKey[]]
  readonly #memory: Memory
  readonly #runner: Runner
  readonly #hosts: HostChecks
  readonly #allowPrivate: boolean
  readonly #deadlines: Deadlines
  readonly #settings: Settings<SealedDestination, OpenDestination>
  readonly #system: System
  #pacer: Pacer | undefined

  /** @param system another one in tests; the platform gives none */
  constructor(ctx: DurableObjectState, env: DestinationEnv, system: System = SYSTEM) {
    super(ctx, env)
    this.#system = system
    const { nowMs, fetch, log } = system
    this.#name = ctx.id.name ?? ''
    this.#masters = readMasterKeys(env.MASTER_KEY)
    this.#store = openStore(env.STORE, this.#masters)
    this.#erasures = gateOf(env, () => registryIn(env).erasures, this.#store, nowMs)
    this.#memory = new Memory(ctx.storage, sealer(this.#masters, 'attempts'))
    this.#allowPrivate = env.PRIVATE_DESTINATIONS === 'allowed'
    this.#deadlines = new Deadlines(nowMs)
    this.#hosts = new HostChecks({ fetch, allowPrivate: this.#allowPrivate })
    this.#settings = new Settings({
      load: () => registryIn(env).snapshots.destination(this.#name),
      open: (sealed) => openConfig(sealed, sealer(this.#masters, 'secrets')),
      begin: (destination) => this.#begin(destination),
      nowMs,
    })
    this.#runner = new Runner({
      storage: ctx.storage,
      run: () => this.#run(),
      nowMs,
      log: (fields) => log({ destination: this.#name, ...fields }),
      reader: 'destination',
    })
    void ctx.blockConcurrencyWhile(() => this.#memory.load())
  }

  async wake(): Promise<void> {
    this.ctx.waitUntil(this.#runner.wake())
  }

  async changed(): Promise<void> {
    this.#settings.markStale()
    await this.wake()
  }

  override async alarm(): Promise<void> {
    await this.#runner.wake()
  }

  async resume(): Promise<void> {
    this.#memory.state = {
      ...this.#memory.state,
      breaker: CLOSED,
      health: { ...HEALTHY, lastSuccessAtMs: this.#memory.state.health.lastSuccessAtMs },
    }
    await this.#memory.save()
    await this.changed()
  }

  async test(type: EventType | null): Promise<Tested> {
    const destination = await this.#settings.current()
    if (destination === undefined) throw new TypeError('the destination does not exist')
    const delivery = await exampleDelivery(destination, type, this.#system.nowMs())
    const sent = await send(delivery, destination, this.#sendDeps())
    const outcome = sent.delivered ? 'delivered' : 'failed'
    const attempt = attemptOf({ ...delivery, people: '' }, sent, 0, outcome)
    this.#memory.note(attempt)
    this.#system.log(attemptLine(this.#name, { ...delivery, requestIds: [] }, sent, outcome, 0, null))
    await this.#memory.save()
    return { attempt, type: delivery.type }
  }

  async status(): Promise<DeliveryStatus> {
    const destination = await this.#settings.current()
    const main = settledReading(this.#memory)
    const { end, oldestMs } = await this.#backlog(destination, main)
    return statusOf({
      isPaused: destination !== undefined && isPausedAt(destination.config, this.#system.nowMs()),
      memory: this.#memory,
      main,
      // New requests wait in the same table.
      fullSources: destination && isOriginal(destination) ? new Set() : fullSources(this.#memory),
      end,
      oldestMs,
      nowMs: this.#system.nowMs(),
    })
  }

  /** Where its reader will end, and when the first of what it has not read was stored, or received. */
  async #backlog(destination: OpenDestination | undefined, main: Reading | undefined) {
    if (destination === undefined || main === undefined || !isOriginal(destination))
      return {
        end: await arrivalEnd(this.#store),
        oldestMs: main === undefined ? null : await storedAtMs(this.#store, main.position),
      }
    const { position } = main
    const { count, oldestMs } = await requestBacklog(this.#store, this.#name, position.number)
    return { end: { ...position, number: position.number + count }, oldestMs }
  }

  async replay({ sinceMs, untilMs, filter, plan }: ReplayRequest): Promise<ReplayBegun | null> {
    const memory = this.#memory
    if (memory.state.replay !== null) return null
    const destination = await this.#settings.current()
    // Compiling it shows that this version knows its operators.
    eventFilter(filter ?? {})
    const from = await arrivalAt(this.#store, sinceMs)
    const until = await arrivalAt(this.#store, untilMs)
    // Another call may have begun one meanwhile.
    if (memory.state.replay !== null) return null
    const events = Math.max(0, until.number - from.number)
    const span = { from, until, filter: filter ?? {} }
    const matching =
      plan && destination !== undefined ? await countMatching(this.#store, span, destination) : null
    const running = !plan && events > 0
    if (running) {
      memory.state = { ...memory.state, replay: { sinceMs, untilMs, events, filter } }
      await memory.save(() => memory.positions.start(REPLAY, from, until))
      await this.changed()
    }
    return replayAnswer({ sinceMs, untilMs, events, running }, matching)
  }

  async cancelReplay(): Promise<boolean> {
    const memory = this.#memory
    if (memory.state.replay === null) return false
    memory.state = { ...memory.state, replay: null }
    await memory.save(() => memory.positions.end(REPLAY))
    await this.changed()
    return true
  }

  async attempts(query: Parameters<DestinationApi['attempts']>[0]): Promise<Listed<Attempt>> {
    return listAttempts(this.#memory, query)
  }

  async attemptsOf(person: string): Promise<Attempt[]> {
    return attemptsOf(this.#memory, person)
  }

  async forget(beforeMs: number, plan: boolean): Promise<Forgotten> {
    return this.#memory.forgetAttempts(beforeMs, plan)
  }

  async tellErased(erased: ErasedPerson): Promise<boolean> {
    const destination = await this.#settings.current()
    if (destination === undefined || !wantsErasures(destination)) return false
    await this.#memory.erasures.add(erased, this.#system.nowMs())
    await this.wake()
    return true
  }

  async forgetPerson(person: string, plan: boolean): Promise<Forgotten> {
    // A run that is in flight has read her events. It ends, and the next one forgets what it has noted.
    if (!plan) this.#memory.erasures.addForgotten(person)
    const forgotten = await this.#forgetPerson(person, plan)
    if (!plan) await this.changed()
    return forgotten
  }

  async waiting(query: Parameters<DestinationApi['waiting']>[0]): Promise<Listed<WaitingDelivery>> {
    return listWaiting(this.#memory, this.#store, query)
  }

  async retryNow(ids: readonly string[] | null): Promise<number> {
    const count = this.#memory.waiting.retryNow(ids, this.#system.nowMs())
    await this.wake()
    return count
  }

  async skip(id: string, heldSources: readonly string[] = []): Promise<boolean | 'held'> {
    const found = this.#memory.waiting.find(id)
    if (found === undefined) return false
    // A batch of several sources has none.
    if (heldSources.length > 0 && (found.source === null || heldSources.includes(found.source))) return 'held'
    this.#memory.waiting.exhaust(found, this.#system.nowMs())
    await this.wake()
    return true
  }

  async givenUp(query: Parameters<DestinationApi['givenUp']>[0]): Promise<Listed<Undelivered>> {
    return listGivenUp(this.#memory, this.#store, query)
  }

  async redrive(filter: RedriveFilter, plan: boolean): Promise<number> {
    const count = this.#memory.waiting.redrive(filter, this.#system.nowMs(), plan)
    if (!plan) await this.wake()
    return count
  }

  async #run(): Promise<number | null> {
    const destination = await this.#settings.current()
    if (destination === undefined) {
      await this.#forget()
      return null
    }
    await this.#endErasures()
    const nowMs = this.#system.nowMs()
    const { paused_until: until } = destination.config
    if (isPausedAt(destination.config, nowMs)) return until === null ? null : Date.parse(until) - nowMs
    await this.#erasures.pass()
    const run = new Run({
      ...this.#sendDeps(),
      store: this.#store,
      memory: this.#memory,
      destination,
      isStale: () => !this.#settings.isCurrent(destination),
      random: this.#system.random,
      log: this.#system.log,
      onDisabled: (reason) => this.#onDisabled(reason),
      pacer: this.#pacerOf(destination),
    })
    try {
      const waitMs = await run.all()
      const isNew = Math.abs(this.#system.nowMs() - destination.createdAtMs) < NEW_MS
      return isNew ? Math.min(waitMs ?? NEW_EVERY_MS, NEW_EVERY_MS) : waitMs
    } catch (cause) {
      // Another instance has stored a newer state than this one has in memory.
      if (cause instanceof PositionMoved) await this.#memory.load()
      throw cause
    }
  }

  #forgetPerson(person: string, plan: boolean): Promise<Forgotten> {
    const { people } = this.#store
    const isNamedIn = async (text: string) => {
      const { addresses, isWhole } = addressesIn(text)
      const indexes = await Promise.all([...addresses].map((address) => people.indexOf(address)))
      return !isWhole || indexes.includes(person)
    }
    return this.#memory.forgetPerson({ person, isNamedIn }, this.#system.nowMs(), plan)
  }

  /** Removes what the run before has noted of people who were erased meanwhile, and news that the endpoint did not take for a week. */
  async #endErasures(): Promise<void> {
    const { erasures } = this.#memory
    for (const person of erasures.forgotten()) {
      await this.#forgetPerson(person, false)
      erasures.removeForgotten(person)
    }
    const count = erasures.removeOld(this.#system.nowMs())
    if (count > 0) this.#system.log({ event: 'erasure_not_told', destination: this.#name, count })
  }

  /** The same as long as the rate is the same, so that a new run does not begin a new second. */
  #pacerOf({ config: { rate_per_second: rate } }: OpenDestination): Pacer {
    if (this.#pacer === undefined || this.#pacer.perSecond !== rate)
      this.#pacer = new Pacer(rate, this.#system.nowMs)
    return this.#pacer
  }

  #sendDeps(): SendDeps {
    return {
      fetch: this.#system.fetch,
      checkHost: (hostname) => this.#hosts.check(hostname, this.#system.nowMs()),
      deadlines: this.#deadlines,
      allowPrivate: this.#allowPrivate,
      nowMs: this.#system.nowMs,
    }
  }

  /** The first run of a destination: where it starts, and nothing of an earlier one of the same name. */
  async #begin(destination: OpenDestination): Promise<void> {
    const { createdAtMs, config } = destination
    if (this.#memory.state.createdAtMs === createdAtMs) return
    // An earlier destination of this name may have led to somebody else.
    await dropRequests(this.#store, this.#name, createdAtMs)
    const position = isOriginal(destination)
      ? FIRST_REQUEST
      : await startPosition(this.#store, config, createdAtMs)
    this.#memory.reset(createdAtMs)
    await this.#memory.save(() => this.#memory.positions.start(MAIN, position))
  }

  async #onDisabled(reason: string): Promise<void> {
    this.#system.log({ event: 'destination_disabled', destination: this.#name, code: reason })
    await registryIn(this.env).audit.note(
      {
        action: 'destination.disabled',
        target: `destination/${this.#name}`,
        before: null,
        after: { reason },
      },
      { actor: 'schedule', from: null, requestId: requestId(), reason: null },
    )
  }

  /** The destination was removed. */
  async #forget(): Promise<void> {
    await dropRequests(this.#store, this.#name, Number.MAX_SAFE_INTEGER)
    this.#memory.reset(0)
    await this.#memory.save()
    await this.ctx.storage.deleteAlarm()
  }
}
