/** The person who deploys, if there is one. */
import { terminalOn } from '../cli/terminal.ts'

export interface Person {
  readonly print: (line: string) => void
  /** Undefined where nobody is at the keyboard, as in CI. */
  readonly ask: ((question: string) => Promise<string>) | undefined
  readonly askHidden: (question: string) => Promise<string>
}

export function person(): Person {
  const terminal = terminalOn({ input: process.stdin, output: process.stdout, errors: process.stderr })
  return {
    print: (line) => console.log(line),
    ask: terminal.readsKeys ? terminal.ask : undefined,
    askHidden: terminal.askHidden,
  }
}
