/** Notices that a page shows after an action. The URL carries only a code and a number, never a sentence. */
import type { SectionId } from './section-list.ts'

export type NoticeTone = 'good' | 'bad'

interface Wording {
  /** Where it is shown: where the button was. */
  readonly part: SectionId
  readonly tone: NoticeTone
  readonly say: (count: number) => string
}

const WORDINGS = {
  redriven: {
    part: 'dead-letters',
    tone: 'good',
    say: (count) => `${things(count, 'dead letter')} put back into the queue.`,
  },
  redriven_more: {
    part: 'dead-letters',
    tone: 'good',
    say: (count) =>
      `${things(count, 'dead letter')} put back into the queue. There are more: press again for the next.`,
  },
  redrive_failed: {
    part: 'dead-letters',
    tone: 'bad',
    say: (count) =>
      `${things(count, 'dead letter')} could not be put back and stayed. Try again in a moment.`,
  },
  dead_letter_removed: { part: 'dead-letters', tone: 'good', say: () => 'The dead letter was thrown away.' },
  dead_letter_unknown: {
    part: 'dead-letters',
    tone: 'bad',
    say: () => 'That dead letter is not there any more.',
  },
  suppressed: { part: 'suppressions', tone: 'good', say: () => 'The address is suppressed.' },
  lifted: { part: 'suppressions', tone: 'good', say: () => 'The address is no longer suppressed.' },
  address_not_suppressed: {
    part: 'suppressions',
    tone: 'bad',
    say: () => 'That address was not suppressed any more.',
  },
  replayed: {
    part: 'quarantine',
    tone: 'good',
    say: (count) => `Understood now: ${things(count, 'event')} sent to the queue.`,
  },
  still_not_understood: {
    part: 'quarantine',
    tone: 'bad',
    say: () => 'The provider’s code still does not understand this delivery. It stayed in quarantine.',
  },
  quarantine_removed: { part: 'quarantine', tone: 'good', say: () => 'Removed from quarantine.' },
  quarantine_unknown: {
    part: 'quarantine',
    tone: 'bad',
    say: () => 'That delivery is not in quarantine any more.',
  },
  queue_unavailable: {
    part: 'quarantine',
    tone: 'bad',
    say: () => 'The queue did not take it. Nothing was removed; try again in a moment.',
  },
} as const satisfies Record<string, Wording>

export type NoticeCode = keyof typeof WORDINGS

export interface Notice {
  readonly part: SectionId
  readonly tone: NoticeTone
  readonly text: string
}

/** The notice that a URL names; `undefined` for an unknown code or a malformed number. */
export function noticeOf(query: URLSearchParams): Notice | undefined {
  const code = query.get('notice') ?? ''
  const count = query.get('count') ?? '0'
  if (!Object.hasOwn(WORDINGS, code) || !/^[0-9]{1,9}$/.test(count)) return undefined
  const { part, tone, say } = WORDINGS[code as NoticeCode]
  return { part, tone, text: say(Number(count)) }
}

/** Where a form redirects to: the section of the first page that it came from. */
export const placeOf = (code: NoticeCode, count?: number): string =>
  `/?notice=${code}${count === undefined ? '' : `&count=${count}`}#${WORDINGS[code].part}`

const things = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`
