/** The person at the terminal: questions, notes and progress, all beside the output. */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { Terminal } from './command.ts'
import { Stop } from './stop.ts'

const CLEARED = '\r\u001B[K'

type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean }
type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }

export interface Streams {
  readonly input: Input
  readonly output: Output
  readonly errors: Output
}

export const terminalOn = ({ input, output, errors }: Streams): Terminal => ({
  readsKeys: input.isTTY === true,
  showsOutput: output.isTTY === true,
  showsNotes: errors.isTTY === true,
  columns: output.isTTY === true ? output.columns : undefined,
  note: (line) => errors.write(`${line}\n`),
  progress(line) {
    if (errors.isTTY === true) errors.write(CLEARED + line)
  },
  ask: (question) => asked(question, input, errors),
  async askHidden(question) {
    errors.write(question)
    try {
      return await asked('', input, unseen())
    } finally {
      errors.write('\n')
    }
  },
})

async function asked(question: string, input: Input, output: NodeJS.WritableStream): Promise<string> {
  // As a terminal, so that readline and not the terminal itself echoes what is typed.
  const lines = createInterface({ input, output, terminal: true, historySize: 0 })
  const ended = new Promise<never>((_, reject) => {
    const end = () => reject(new Stop('interrupted', 'interrupted', 'Nothing was done.'))
    lines.once('SIGINT', end)
    lines.once('close', end)
  })
  // Looked at below, unless the answer came first.
  ended.catch(() => undefined)
  try {
    return await Promise.race([lines.question(question), ended])
  } finally {
    lines.close()
  }
}

const unseen = () => new Writable({ write: (_chunk, _encoding, done) => done() })
