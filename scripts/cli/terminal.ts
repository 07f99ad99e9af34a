/** The terminal of this process. */
import { Writable } from 'node:stream'
import { createInterface } from 'node:readline/promises'
import type { Terminal } from './command.ts'

const CLEARED = '\r\u001B[K'

export const processTerminal: Terminal = {
  readsKeys: process.stdin.isTTY,
  showsOutput: process.stdout.isTTY,
  showsNotes: process.stderr.isTTY,
  note: (line) => process.stderr.write(`${line}\n`),
  progress(line) {
    if (process.stderr.isTTY) process.stderr.write(CLEARED + line)
  },
  ask: (question) => asked(question, process.stderr),
  async askHidden(question) {
    process.stderr.write(question)
    const answer = await asked('', unseen())
    process.stderr.write('\n')
    return answer
  },
}

async function asked(question: string, output: NodeJS.WritableStream): Promise<string> {
  // As a terminal, so that readline and not the terminal itself echoes what is typed.
  const lines = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 })
  const ended = new Promise<never>((_, reject) => {
    lines.once('SIGINT', () => reject(new DOMException('ended by the person', 'AbortError')))
    lines.once('close', () => reject(new DOMException('the input ended', 'AbortError')))
  })
  try {
    return await Promise.race([lines.question(question), ended])
  } finally {
    ended.catch(() => undefined)
    lines.close()
  }
}

const unseen = () => new Writable({ write: (_chunk, _encoding, done) => done() })
