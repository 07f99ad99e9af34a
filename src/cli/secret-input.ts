/** Reads secrets from a hidden prompt or standard input. Every program on the machine can see arguments. */
import type { Io } from './command.ts'
import { UsageError } from './stop.ts'

/** @throws {UsageError} for empty input */
export async function secretInput(io: Io, question: string): Promise<string> {
  const text = io.terminal.readsKeys
    ? await io.terminal.askHidden(question)
    : new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(await io.stdin())
  const secret = text.replace(/\r?\n$/, '')
  if (secret === '')
    throw new UsageError('There was no input: type it at the prompt, or send it to standard input.')
  return secret
}

/** Secrets with several fields are typed as JSON; no other secret begins with a brace. */
export function secretValueIn(text: string): unknown {
  if (!text.trimStart().startsWith('{')) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Asks the person for a yes. @throws {UsageError} if there is no terminal */
export async function confirmed(io: Io, question: string): Promise<boolean> {
  if (!io.terminal.readsKeys)
    throw new UsageError(
      `This asks "${question}", and there is no terminal to answer at: pass --yes if you agree.`,
    )
  return /^y(?:es)?$/i.test((await io.terminal.ask(`${question} [y/N] `)).trim())
}
