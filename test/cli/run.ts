/** Runs the CLI in this process, with what it would print. */
import type { Io, Terminal } from '../../src/cli/command.ts'
import { main } from '../../src/cli/index.ts'
import { CHECKOUT } from '../../scripts/checkout.ts'

export const NOW_SECONDS = 1_764_000_000

export interface Ran {
  readonly code: number
  readonly out: string
  readonly complaints: string
}

/** Nobody at the keyboard, and no terminal anywhere. */
export const NO_TERMINAL: Terminal = {
  readsKeys: false,
  showsOutput: false,
  showsNotes: false,
  note: () => undefined,
  progress: () => undefined,
  ask: () => Promise.reject(new Error('nobody is there to answer')),
  askHidden: () => Promise.reject(new Error('nobody is there to answer')),
}

/** @param environment the file of logins is none unless it names one */
export async function run(
  args: readonly string[],
  stdin: string | Uint8Array = '',
  environment: Record<string, string> = {},
  change: Partial<Io> & { readonly person?: Partial<Terminal> } = {},
): Promise<Ran> {
  const out: Uint8Array[] = []
  const complaints: string[] = []
  const { person, ...io } = change
  const code = await main(
    args,
    {
      stdin: async () => Buffer.from(stdin),
      stdinParts: async function* () {
        yield Buffer.from(stdin)
      },
      print: (output) => void out.push(typeof output === 'string' ? Buffer.from(`${output}\n`) : output),
      browse: () => undefined,
      terminal: { ...NO_TERMINAL, note: (line) => complaints.push(line), ...person },
      environment: { POSTERN_CONFIG: '/nonexistent/postern.json', ...environment },
      checkout: CHECKOUT,
      nowSeconds: NOW_SECONDS,
      nowMs: Date.now,
      sleep: async () => undefined,
      endedByPerson: () => new AbortController().signal,
      ...io,
    },
    (line) => complaints.push(line),
  )
  return { code, out: Buffer.concat(out).toString('utf8'), complaints: complaints.join('\n') }
}
