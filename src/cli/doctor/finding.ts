/** Result of one check of `postern doctor`. */
import type { Stop } from '../stop.ts'

export interface Finding {
  /** Examined part: `clock`, `source shop`. */
  readonly part: string
  /** `wrong` needs somebody now; `note` is worth knowing. */
  readonly level: 'ok' | 'note' | 'wrong'
  readonly says: string
  /** Remedy; absent where all is well. */
  readonly todo?: string
}

export const ok = (part: string, says: string): Finding => ({ part, level: 'ok', says })
export const note = (part: string, says: string, todo?: string): Finding => ({
  part,
  level: 'note',
  says,
  ...(todo === undefined ? {} : { todo }),
})
export const wrong = (part: string, says: string, todo: string): Finding => ({
  part,
  level: 'wrong',
  says,
  todo,
})

/** Finding for a part that could not be examined, since this token may not or the console did not answer. */
export const unseen = (part: string, { message }: Stop): Finding => note(part, `Not looked at: ${message}`)
