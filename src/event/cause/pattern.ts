/** Patterns of texts: plain words in lower case, in which `*` stands for any text. They take linear time whatever a stranger wrote. */
import type { Cause, CauseFound } from './causes.ts'

export interface Row extends CauseFound {
  /** Pieces that follow each other. */
  readonly pieces: readonly string[]
}

/** The rows of one cause. */
export const rows = (cause: Cause, patterns: readonly string[], detail: string | null = null): Row[] =>
  patterns.map((pattern) => ({ cause, detail, pieces: pattern.split('*') }))

export function fits(text: string, { pieces }: Row): boolean {
  let from = 0
  for (const piece of pieces) {
    const at = text.indexOf(piece, from)
    if (at < 0) return false
    from = at + piece.length
  }
  return true
}

export const firstOf = (text: string, table: readonly Row[]): Row | undefined =>
  table.find((row) => fits(text, row))
