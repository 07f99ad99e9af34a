/** Runs the CLI in this process, with what it would print. */
import { main } from '../../../scripts/cli/index.ts'

export const NOW_SECONDS = 1_764_000_000

export interface Ran {
  readonly code: number
  readonly out: string
  readonly complaints: string
}

export async function run(
  args: readonly string[],
  stdin: string | Uint8Array = '',
  environment: Record<string, string> = {},
): Promise<Ran> {
  const out: Uint8Array[] = []
  const complaints: string[] = []
  const code = await main(
    args,
    {
      stdin: async () => Buffer.from(stdin),
      print: (output) => void out.push(typeof output === 'string' ? Buffer.from(`${output}\n`) : output),
      environment,
      nowSeconds: NOW_SECONDS,
    },
    (line) => complaints.push(line),
  )
  return { code, out: Buffer.concat(out).toString('latin1'), complaints: complaints.join('\n') }
}
