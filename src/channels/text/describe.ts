/** Notices in words, with as much detail as there is room for. */
import { utcMinute } from '../../platform/time.ts'
import { knownKindName } from '../../watch/names.ts'
import type { Notice, NoticeAction } from '../notice.ts'
import { type Escape, asIs, fitted } from './fitted.ts'

/** How much a message says. */
export interface Detail {
  readonly notices: number
  readonly headlineUnits: number
  readonly lines: number
  readonly lineUnits: number
  readonly actions: number
}

/** From the most to the least. The last one is within every channel's limit. */
const DETAILS = [
  { notices: 10, headlineUnits: 600, lines: 8, lineUnits: 300, actions: 4 },
  { notices: 10, headlineUnits: 300, lines: 3, lineUnits: 200, actions: 2 },
  { notices: 10, headlineUnits: 200, lines: 0, lineUnits: 0, actions: 1 },
  { notices: 5, headlineUnits: 150, lines: 0, lineUnits: 0, actions: 1 },
] as const satisfies readonly Detail[]

/** The most detailed form that fits. */
export function mostDetailed<T>(make: (detail: Detail) => T, fits: (made: T) => boolean): T {
  let made = make(DETAILS[0])
  for (const detail of DETAILS.slice(1)) {
    if (fits(made)) return made
    made = make(detail)
  }
  return made
}

const STATE_WORDS = {
  firing: 'Firing',
  worse: 'Worse',
  reminder: 'Still firing',
  resolved: 'Resolved',
} as const

export const SOURCE_UNITS = 100

/** Null if the incident is about the whole installation. */
export const sourceOf = ({ source }: Notice, escape: Escape = asIs): string | null =>
  fitted(source ?? '', SOURCE_UNITS, escape) || null

/** Never empty: most channels refuse an empty text. */
export const kindOf = ({ kind }: Notice, maxUnits: number): string => fitted(kind, maxUnits) || 'unknown'

/** `Firing, critical: More bounces than usual · incident 17 · since 2026-11-27 02:55 UTC`. It holds nothing from outside. */
export function titleOf({ state, severity, kind, incident, sinceMs }: Notice): string {
  const front = state === 'resolved' ? STATE_WORDS[state] : `${STATE_WORDS[state]}, ${severity}`
  const name = knownKindName(kind)
  return `${front}${name === undefined ? '' : `: ${name}`} · incident ${incident} · since ${utcMinute(sinceMs)}`
}

/** `2 firing, 1 resolved`, or the title of a single notice. It holds nothing from outside. */
export function summaryOf(notices: readonly Notice[]): string {
  const [first] = notices
  if (first !== undefined && notices.length === 1) return titleOf(first)
  const byState = Map.groupBy(notices, ({ state }) => STATE_WORDS[state].toLowerCase())
  return [...byState].map(([words, { length }]) => `${length} ${words}`).join(', ')
}

/** `shop-sendgrid: bounces are 31 % of outcomes`. */
export function headlineOf(notice: Notice, maxUnits: number, escape: Escape = asIs): string {
  const source = sourceOf(notice, escape)
  const front = source === null ? '' : `${source}: `
  return front + (fitted(notice.headline, maxUnits, escape) || 'see the incident')
}

/** The lines of evidence, and a last one that counts those without room. */
export function evidenceOf({ evidence }: Notice, detail: Detail, escape: Escape = asIs): string[] {
  const filled = evidence.filter((line) => line.trim() !== '')
  const lines = filled.slice(0, detail.lines).map((line) => fitted(line, detail.lineUnits, escape))
  const left = filled.length - lines.length
  return left === 0 ? lines : [...lines, `… and ${left} more ${left === 1 ? 'line' : 'lines'} of evidence`]
}

/** A notice in words. */
export interface Told {
  readonly notice: Notice
  readonly title: string
  readonly headline: string
  readonly evidence: readonly string[]
  readonly actions: readonly NoticeAction[]
}

/** @param escapeLabel the escape in labels of links, where it is another */
export const tell = (
  notice: Notice,
  detail: Detail,
  escape: Escape = asIs,
  escapeLabel: Escape = escape,
): Told => ({
  notice,
  title: titleOf(notice),
  headline: headlineOf(notice, detail.headlineUnits, escape),
  evidence: evidenceOf(notice, detail, escape),
  actions: actionsOf(notice, detail.actions, escapeLabel),
})

/** Several notices in one message. */
export interface Digest {
  readonly summary: string
  readonly shown: readonly Told[]
  /** Counts the notices without room; null if all have room. */
  readonly note: string | null
}

export function digestOf(
  notices: readonly Notice[],
  detail: Detail,
  escape?: Escape,
  escapeLabel?: Escape,
): Digest {
  const left = notices.length - detail.notices
  return {
    summary: summaryOf(notices),
    shown: notices.slice(0, detail.notices).map((notice) => tell(notice, detail, escape, escapeLabel)),
    note: left <= 0 ? null : `… and ${left} more ${left === 1 ? 'incident' : 'incidents'}: see the console.`,
  }
}

const LABEL_UNITS = 40
/** Pages of the console have short addresses. */
const URL_MAX_CHARACTERS = 500

/** Actions whose address is one, as the parser of URLs writes it: nothing in it ends a link early. */
export function actionsOf({ actions }: Notice, most: number, escape: Escape = asIs): NoticeAction[] {
  return actions
    .flatMap(({ label, url }) => {
      const href = hrefOf(url)
      return href === undefined ? [] : [{ label: fitted(label, LABEL_UNITS, escape) || 'Open', url: href }]
    })
    .slice(0, most)
}

function hrefOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  const href =
    url.origin + `${url.pathname}${url.search}${url.hash}`.replaceAll(/[()<>|"'`*_[\]\\~]/g, percent)
  return /^https?:$/.test(url.protocol) && url.username === '' && href.length <= URL_MAX_CHARACTERS
    ? href
    : undefined
}

const percent = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
