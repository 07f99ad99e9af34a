/** Result of one check of `postern doctor`. */

export interface Finding {
  /** Examined part: `clock`, `source shop`. */
  readonly part: string
  /** `wrong` needs somebody now; `note` is worth knowing; `unseen` was not looked at. */
  readonly level: 'ok' | 'note' | 'wrong' | 'unseen'
  readonly says: string
  /** Remedy; absent where all is well. */
  readonly todo?: string
}

const finding =
  (level: Finding['level']) =>
  (part: string, says: string, todo?: string): Finding => ({
    part,
    level,
    says,
    ...(todo === undefined ? {} : { todo }),
  })

export const ok: (part: string, says: string) => Finding = finding('ok')
export const note = finding('note')
export const wrong: (part: string, says: string, todo: string) => Finding = finding('wrong')

/** A part that is not examined. @param why with what would have been looked at, or what it takes */
export const unseen = (part: string, why: string, todo?: string): Finding =>
  finding('unseen')(part, `Not looked at: ${why}`, todo)
