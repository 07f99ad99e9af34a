/** Adds up what items lack, by source, native type and lack. Rows and examples are bounded, so that a minute of them fits beside refusals. */
import type { DefectCount } from './refusal.ts'

/** Rows of one source that tell native types apart. The rest is summed up. */
const KINDS_MAX = 24
const EXAMPLES_MAX = 4
/** Sources whose items lack something in one minute. Those past it are counted for none. */
const SOURCES_MAX = 100

export class DefectTally {
  readonly #sources = new Map<string, Map<string, DefectCount>>()

  add({ example, ...defect }: DefectCount): void {
    const { source, lack } = defect
    const rows = this.#sources.get(source) ?? new Map<string, DefectCount>()
    if (this.#sources.size >= SOURCES_MAX && !this.#sources.has(source)) return
    this.#sources.set(source, rows)
    const isTold = rows.size < KINDS_MAX || rows.has(`${lack} ${defect.type}`)
    const type = isTold ? defect.type : ''
    const known = rows.get(`${lack} ${type}`)
    const examples = [...rows.values()].filter((row) => row.example !== undefined)
    const shown = known?.example ?? (examples.length < EXAMPLES_MAX ? example : undefined)
    const count = defect.count + (known?.count ?? 0)
    rows.set(`${lack} ${type}`, { ...defect, type, count, ...(shown !== undefined && { example: shown }) })
  }

  get counts(): readonly DefectCount[] {
    return [...this.#sources.values()].flatMap((rows) => [...rows.values()])
  }
}
