/** Secrets come from a prompt that does not show them or from standard input: arguments are seen by every program of the machine. */
import type { Io } from './command.ts'
import { UsageError } from './stop.ts'

/** @throws {UsageError} when nothing came */
export async function secretInput(io: Io, question: string): Promise<string> {
  const text = io.terminal.readsKeys
    ? await io.terminal.askHidden(question)
    : new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(await io.stdin())
  const secret = text.replace(/\r?\n$/, '')
  if (secret === '')
    throw new UsageError('Nothing came: type it at the prompt, or send it to standard input.')
  return secret
}

/** Whether the person says yes. @throws {UsageError} where there is nobody to ask */
export async function confirmed(io: Io, question: string): Promise<boolean> {
  if (!io.terminal.readsKeys)
    throw new UsageError('There is nobody to ask here: --yes does it without asking.')
  return /^y(?:es)?$/i.test((await io.terminal.ask(`${question} [y/N] `)).trim())
}
