/** Text in a report: escaped so that it is read as it was written, and nothing in it is Markdown. */
import { MINUTE_MS, toInstant } from '../../platform/time.ts'
import { backslashed, fitted } from '../../channels/text/fitted.ts'

/** All that makes structure inside of a line, also that of GitHub: emphasis, code, links, tags, entities, cells, formulas. */
const escape = backslashed('\\`*_[]<>&|~$')

/** Notes have 4,000 characters, and each may become an escape or the name of an invisible one. */
const TEXT_MAX_UNITS = 40_000

const ADDRESS = /[^\s@()<>[\]",;:]+@[^\s@()<>[\]"',;:]*[^\s@()<>[\]"',;:.]/gu

/** Of a text that has an address: `src/store/masks.ts`. */
const MASK = /\bmasked:[0-9a-f]{32}\b/g

/** One line without email addresses. Whoever reads a report need not be allowed to see them. */
export const plain = (text: string): string =>
  oneLine(text.replaceAll(ADDRESS, '(an address)').replaceAll(MASK, '(an address)'))

/** An operator: `access:ada@example.com` is `ada`. */
export const personOf = (text: string): string =>
  oneLine(
    text
      .replaceAll(ADDRESS, (address) => address.slice(0, address.indexOf('@')))
      .replaceAll(/\b(?:access:|(token|session):)/g, (_, kind?: string) =>
        kind === undefined ? '' : `${kind} `,
      ),
  )

const oneLine = (text: string): string => fitted(text.replaceAll(/\s+/gu, ' '), TEXT_MAX_UNITS, escape)

/** An item of a list. At its beginning a text could be a heading, a list, or a rule. */
export const item = (text: string): string =>
  `- ${text.replace(/^[#+=:-]/, String.raw`\$&`).replace(/^(\d+)([.)])/, String.raw`$1\$2`)}`

/** A command as code. Left out if it has what code cannot show as it is; our commands have not. */
export const commandText = (command: string): string =>
  /^[\w .:/-]+$/.test(command) ? `: \`${command}\`` : ''

export const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

/** `2026-06-02 10:00`, UTC. */
export const timeOf = (ms: number): string => toInstant(ms).slice(0, 16).replace('T', ' ')

/** `5 min`, `3 h 20 min`, `2 days 4 h`. */
export function lengthOf(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / MINUTE_MS))
  const hours = Math.floor(minutes / 60)
  const days = Math.floor(hours / 24)
  const [large, small] =
    days > 0
      ? [days === 1 ? '1 day' : `${days} days`, hours % 24 === 0 ? '' : `${hours % 24} h`]
      : [hours === 0 ? '' : `${hours} h`, minutes % 60 === 0 && hours > 0 ? '' : `${minutes % 60} min`]
  return `${large} ${small}`.trim()
}
