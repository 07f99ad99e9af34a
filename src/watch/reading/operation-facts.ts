/**
 * Collects what Postern knows of its own operation. What changes slowly, or costs a call for each source or destination, is asked
 * in some minutes only: an incident stays open for longer than that. The object forgets its memory between two minutes, so what has to
 * be known of earlier ones is stored.
 */
import type { DestinationApi, DeliveryStatus } from '../../destinations/api.ts'
import type { RegistryApi } from '../../registry/api.ts'
import { countDeadLetters } from '../../store/dead-letters.ts'
import type { Store } from '../../store/store.ts'
import type { QueueBacklog } from '../incidents/api.ts'
import type { OperationFacts, StandIn } from '../operations/facts.ts'

const BACKLOG_KEY = 'backlog'
const GUARDS_KEY = 'degraded_guards'

interface SeenBacklog {
  readonly minute: number
  readonly backlog: QueueBacklog
}

export interface FactsDeps {
  readonly kv: Pick<SyncKvStorage, 'get' | 'put'>
  readonly store: Store
  readonly registry: Pick<RegistryApi, 'list' | 'destinationIndex'>
  readonly destination: (name: string) => Pick<DestinationApi, 'status'>
}

/** Secrets become due by the day. Destinations are asked one by one. */
const SECRETS_EVERY_MINUTES = 60
const DESTINATIONS_EVERY_MINUTES = 5

/** Destinations that are asked at once. */
const AT_ONCE = 20

/** Minutes without a degraded delivery after which the guard of a source answers again. */
const GUARD_CALM_MINUTES = 2

/** The consumer tells once a minute while it gets messages. A queue that it does not read tells nothing. */
const BACKLOG_MINUTES = 3

interface Degraded {
  readonly standIn: StandIn
  readonly sinceMinute: number
  readonly lastMinute: number
}

interface Stand {
  readonly name: string
  readonly status: DeliveryStatus
}

export class OperationSurvey {
  readonly #deps: FactsDeps

  constructor(deps: FactsDeps) {
    this.#deps = deps
  }

  /** What the consumer has seen in the queue. */
  noteBacklog(backlog: QueueBacklog, minute: number): void {
    this.#deps.kv.put<SeenBacklog>(BACKLOG_KEY, { minute, backlog })
  }

  /** @param standIns of the minute @throws what the registry or the store throws */
  async at(minute: number, standIns: ReadonlyMap<string, StandIn>): Promise<OperationFacts> {
    const guards = this.#guards(minute, standIns)
    const [secrets, letters, stands] = await Promise.all([
      this.#secretsDue(minute),
      countDeadLetters(this.#deps.store),
      this.#stands(minute),
    ])
    return {
      secrets,
      queue: this.queue(minute),
      deadLetters: {
        ...Object.fromEntries(stands.map(({ name, status }) => [name, status.dead_letters])),
        queue: letters,
      },
      destinations: stands.map(({ name, status }) => stateOf(name, status, minute)),
      guards: Object.entries(guards).map(([source, { standIn, sinceMinute }]) => ({
        source,
        standIn,
        sinceMinute,
      })),
      // One that is paused or stopped is behind by intent, or is told of as a destination.
      readers: stands
        .filter(({ status }) => status.state === 'active')
        .map(({ name, status }) => ({
          name,
          eventsBehind: status.backlog,
          oldestMinute: status.backlog_since === null ? null : minuteOf(status.backlog_since),
        })),
    }
  }

  /** What waits in the queue, as far as the consumer has told. */
  queue(minute: number): OperationFacts['queue'] {
    const known = this.#deps.kv.get<SeenBacklog>(BACKLOG_KEY)
    return known !== undefined && minute - known.minute <= BACKLOG_MINUTES
      ? { messages: known.backlog.messages, oldestMinute: Math.floor(known.backlog.oldestMs / 60_000) }
      : { messages: 0, oldestMinute: null }
  }

  async #secretsDue(minute: number): Promise<OperationFacts['secrets']> {
    if (minute % SECRETS_EVERY_MINUTES !== 0) return []
    const sources = await this.#deps.registry.list()
    return sources.flatMap(({ name, rotations }) =>
      rotations.flatMap(({ slot, dueAtMs }) =>
        dueAtMs === null ? [] : [{ source: name, slot, dueMinute: Math.floor(dueAtMs / 60_000) }],
      ),
    )
  }

  async #stands(minute: number): Promise<readonly Stand[]> {
    if (minute % DESTINATIONS_EVERY_MINUTES !== 0) return []
    const { registry, destination } = this.#deps
    const names = [...((await registry.destinationIndex(-1)).names ?? [])]
    const stands: Stand[] = []
    while (names.length > 0) {
      const answers = await Promise.allSettled(
        names.splice(0, AT_ONCE).map(async (name) => ({ name, status: await destination(name).status() })),
      )
      // One that does not answer now is asked again in five minutes.
      for (const answer of answers) if (answer.status === 'fulfilled') stands.push(answer.value)
    }
    return stands
  }

  /** Sources whose guard does not answer, and since when. Stored only while there are any. */
  #guards(minute: number, standIns: ReadonlyMap<string, StandIn>): Readonly<Record<string, Degraded>> {
    const known = this.#deps.kv.get<Readonly<Record<string, Degraded>>>(GUARDS_KEY) ?? {}
    const lasting = Object.entries(known).filter(
      ([, { lastMinute }]) => Math.abs(minute - lastMinute) <= GUARD_CALM_MINUTES,
    )
    const now = [...standIns].map(([source, standIn]): [string, Degraded] => [
      source,
      { standIn, sinceMinute: known[source]?.sinceMinute ?? minute, lastMinute: minute },
    ])
    const guards = Object.fromEntries([...lasting, ...now])
    if (standIns.size > 0 || lasting.length < Object.keys(known).length) this.#deps.kv.put(GUARDS_KEY, guards)
    return guards
  }
}

const minuteOf = (instant: string): number => Math.floor(Date.parse(instant) / 60_000)

function stateOf(
  name: string,
  { state, since, failing_since }: DeliveryStatus,
  minute: number,
): OperationFacts['destinations'][number] {
  if (state === 'disabled') return { name, state, sinceMinute: minuteOf(since) }
  if (state === 'paused' || failing_since === null) return { name, state: 'working', sinceMinute: minute }
  return { name, state: 'failing', sinceMinute: minuteOf(failing_since) }
}
