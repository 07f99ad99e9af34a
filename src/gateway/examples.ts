/** Makes examples of what items lack: one a minute for each source, and of the same kind one in ten minutes. */
import { LACKS } from '../event/lack.ts'
import { BoundedMap } from '../platform/bounded-map.ts'
import { textOf } from '../platform/bytes.ts'
import { parseJson } from '../platform/json.ts'
import { redacted } from '../platform/redacted.ts'
import type { Defect } from '../providers/shared/defects.ts'

const SOURCE_EVERY_MS = 60_000
const KIND_EVERY_MS = 600_000
/** Sources and kinds whose times are known. What is forgotten is shown too early. */
const TIMES_MAX = 2_000

export class Examples {
  /** When a source, or a kind of one, was shown last. */
  readonly #shownMs = new BoundedMap<string, number>(TIMES_MAX)

  /** An example of the gravest defect whose turn it is; undefined if it is that of none. */
  of(
    source: string,
    defects: readonly Defect[],
    nowMs: number,
  ): { readonly defect: Defect; readonly example: string } | undefined {
    if (!this.#isDue(source, SOURCE_EVERY_MS, nowMs)) return undefined
    const kindOf = ({ lack, type }: Defect): string => `${source} ${lack} ${type}`
    const [defect] = defects
      .filter((one) => this.#isDue(kindOf(one), KIND_EVERY_MS, nowMs))
      .toSorted((a, b) => LACKS.indexOf(a.lack) - LACKS.indexOf(b.lack))
    if (defect === undefined) return undefined
    for (const key of [source, kindOf(defect)]) this.#shownMs.set(key, nowMs)
    return { defect, example: redacted(readable(defect.item)) }
  }

  /** A clock that was set back holds nothing up. */
  #isDue = (key: string, everyMs: number, nowMs: number): boolean =>
    Math.abs(nowMs - (this.#shownMs.get(key) ?? -Infinity)) >= everyMs
}

/** A body that could not be opened is bytes. */
const readable = (item: unknown): unknown =>
  item instanceof Uint8Array ? (parseJson(item) ?? textOf(item)) : item
