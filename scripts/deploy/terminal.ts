/** The person who deploys, if there is one. */
import { type Streams, terminalOn } from '../../src/cli/terminal.ts'
import { DeployProblem } from './problem.ts'

export interface Person {
  /** To standard output, which may be a file. */
  readonly print: (line: string) => void
  /** To the terminal alone. */
  readonly show: (line: string) => void
  /** Undefined where nobody is at the keyboard and sees the question, as in CI. */
  readonly ask: ((question: string) => Promise<string>) | undefined
  readonly askHidden: (question: string) => Promise<string>
}

const STREAMS: Streams = { input: process.stdin, output: process.stdout, errors: process.stderr }

export function personAt(streams = STREAMS): Person {
  const terminal = terminalOn(streams)
  return {
    print: (line) => streams.output.write(`${line}\n`),
    show: terminal.note,
    ask: terminal.readsKeys && terminal.showsNotes ? terminal.ask : undefined,
    askHidden: terminal.askHidden,
  }
}

/** @throws {DeployProblem} unless the person says yes */
export async function agreed({ ask }: Person, question: string): Promise<void> {
  if (ask === undefined)
    throw new DeployProblem('Nothing was changed: there is no terminal to ask at. Add --yes to do this.')
  if (!/^y(?:es)?$/i.test((await ask(`${question} [y/N] `)).trim()))
    throw new DeployProblem('Nothing was changed.')
}
