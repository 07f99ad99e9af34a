/**
 * Terminal output without control characters: printed text cannot act on the terminal. A file or the next program gets it as it is. This
 * stands between every command and the terminal, so that no command has to escape: mail and operators' words can hold any character, and
 * JSON leaves C1 controls and bidirectional overrides as they are.
 */
import { visibleJson } from '../../platform/visible.ts'
import type { Io } from '../command.ts'

const ESCAPE = '\u001B'

/** The emphasis of `paint`: its styles and their ends. Nothing else that begins with an escape passes. */
const EMPHASIS = new RegExp(`(${ESCAPE}\\[(?:1|2|22|31|32|33|39)m)`)

/** The same reach with a terminal that shows all that it is given. */
export function withShownOutput(io: Io): Io {
  const { terminal } = io
  return {
    ...io,
    print: terminal.showsOutput
      ? (output) =>
          io.print(typeof output === 'string' ? shownWords(output) : Buffer.from(shownBytes(output)))
      : io.print,
    terminal: {
      ...terminal,
      note: (line) => terminal.note(terminal.showsNotes ? visibleJson(line) : line),
      ask: (question) => terminal.ask(visibleJson(question)),
    },
  }
}

/** Words of a command: its own emphasis stays. */
const shownWords = (text: string): string =>
  text
    .split(EMPHASIS)
    .map((part, i) => (i % 2 === 1 ? part : visibleJson(part)))
    .join('')

/** Bytes that a file would get. Those that are no UTF-8 show as U+FFFD; the ends of lines stay ends of lines. */
const shownBytes = (bytes: Uint8Array): string =>
  visibleJson(
    new TextDecoder('utf-8', { fatal: false, ignoreBOM: true }).decode(bytes).replaceAll('\r\n', '\n'),
  )
