/** Plays recordings of a gateway through the product's own patterns in virtual time. */
import { linesOf } from './lines.ts'
import type { Change } from '../../src/watch/grouping.ts'
import { SourceMemory } from '../../src/watch/source-memory.ts'
import { type MinuteSignals, SIGNAL_ROWS, fieldOf } from '../../src/watch/signals/signals.ts'

export interface Raised {
  readonly source: string
  readonly kind: string
  readonly raised_at: number
  readonly from: number
  until: number | null
  readonly severity: string
  readonly features: readonly {
    readonly name: string
    readonly observed: number
    readonly expected: number
    readonly share: number
  }[]
}

export interface Played {
  readonly raised: readonly Raised[]
  readonly lines: number
  /** Minutes times sources that the patterns saw. */
  readonly points: number
  readonly watches: ReadonlyMap<string, SourceMemory>
}

/** A line of a recording, as far as it is known to be one. */
export interface Line {
  readonly minute: number
  readonly source: string
  /** Signals, by their names in recordings. */
  readonly [field: string]: unknown
}

/** A recording's virtual clock goes on every minute. A gap this long is a fault of the recording. */
const GAP_MINUTES = 400 * 1440

/** @param file a recording, see `lines.ts` */
export async function playRecording(file: string): Promise<Played> {
  const gateway = new RecordedGateway()
  for await (const lines of linesOf(file)) for (const line of lines) gateway.take(lineOf(line))
  return gateway.end()
}

/** Plays lines that are at hand, ordered by minute. */
export function playLines(lines: Iterable<Line>): Played {
  const gateway = new RecordedGateway()
  for (const line of lines) gateway.take(line)
  return gateway.end()
}

function lineOf(value: unknown): Line | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const line = value as Partial<Line>
  return Number.isSafeInteger(line.minute) && typeof line.source === 'string' ? (line as Line) : undefined
}

class RecordedGateway {
  readonly #watches = new Map<string, SourceMemory>()
  readonly #raised: Raised[] = []
  #minute: number | undefined
  #lines = 0
  #points = 0
  #pending = new Map<string, Partial<MinuteSignals>>()

  take(line: Line | undefined): void {
    if (line === undefined) return
    this.#lines += 1
    this.#minute ??= line.minute
    if (line.minute < this.#minute || line.minute - this.#minute > GAP_MINUTES) return
    while (this.#minute < line.minute) this.#endMinute()
    this.#pending.set(line.source, signalsOf(line))
    if (!this.#watches.has(line.source))
      this.#watches.set(line.source, SourceMemory.begin(line.minute, this.#watches.size))
  }

  end(): Played {
    if (this.#minute !== undefined) this.#endMinute()
    return { raised: this.#raised, lines: this.#lines, points: this.#points, watches: this.#watches }
  }

  #endMinute(): void {
    const minute = this.#minute ?? 0
    for (const [source, memory] of this.#watches) {
      this.#points += 1
      for (const change of memory.see(minute, this.#pending.get(source))) this.#note(source, minute, change)
      // Unusual values are scored too. They are infos without a kind of attack, and not in the result.
      memory.score(minute)
    }
    if (this.#pending.size > 0) this.#pending = new Map()
    this.#minute = minute + 1
  }

  #note(source: string, minute: number, change: Change): void {
    if (change.change === 'seen') return
    if (change.change === 'ended') {
      for (const one of this.#raised)
        if (one.source === source && one.kind === change.incident.kind && one.until === null)
          one.until = Math.max(change.untilMinute, one.from)
      return
    }
    const { kind, severity, fromMinute, features } = change.finding
    this.#raised.push({ source, kind, raised_at: minute, from: fromMinute, until: null, severity, features })
  }
}

const FIELDS = SIGNAL_ROWS.map(([name, { recordedAs }]) => [name, recordedAs ?? fieldOf(name)] as const)

const signalsOf = (line: Line): Partial<MinuteSignals> =>
  Object.fromEntries(FIELDS.map(([name, field]) => [name, line[field]]))
