/**
 * `npm run detection`: plays recordings through the patterns of the watch, or series through its detector, in virtual time, and writes
 * what it found. Without folders it plays a small recording of its own. Exits with 0 if everything was played, 2 after a usage error,
 * otherwise 1.
 */
import { parseArgs } from 'node:util'
import { InputError } from './detection/input-error.ts'
import { playCorpus } from './detection/nab.ts'
import { reportOnExample } from './detection/report.ts'
import { playStreams } from './detection/streams.ts'
import { refuseSwallowed } from './swallowed-options.ts'

interface Asked {
  readonly nab: string | undefined
  readonly folders: readonly string[]
  /** Absent where nothing is written. */
  readonly out: string | undefined
}

/** Mode of playing. The first mode that is asked for plays; it returns what it prints. */
interface Mode {
  readonly usage: string
  readonly isAsked: (asked: Asked) => boolean
  readonly play: (asked: Asked) => Promise<string>
}

const MODES: readonly Mode[] = [
  {
    usage: 'npm run detection -- --nab <corpus folder> --out <folder>',
    isAsked: ({ nab, folders, out }) => nab !== undefined && folders.length === 0 && out !== undefined,
    async play({ nab = '', out = '' }) {
      const { files, rows, microsecondsARow } = await playCorpus(nab, out, processorMs)
      return `${files} files, ${rows} rows, ${microsecondsARow.toFixed(1)} µs of processor time a row`
    },
  },
  {
    usage: 'npm run detection -- <recording folder>… --out <folder>',
    isAsked: ({ nab, folders, out }) => nab === undefined && folders.length > 0 && out !== undefined,
    async play({ folders, out = '' }) {
      const { points, microsecondsAPoint } = await playStreams(folders, out, processorMs)
      const what = folders.length === 1 ? 'recording' : 'recordings'
      return `${folders.length} ${what} played, ${points} minutes of sources, ${microsecondsAPoint.toFixed(1)} µs of processor time each`
    },
  },
  {
    usage: 'npm run detection',
    isAsked: ({ nab, folders, out }) => nab === undefined && folders.length === 0 && out === undefined,
    play: async () => reportOnExample(processorMs).text,
  },
]

/** Time of this process alone: other programs may keep the machine busy. */
const processorMs = (): number => process.cpuUsage().user / 1000

class UsageError extends Error {
  constructor(problem: string) {
    super([problem, 'Usage:', ...MODES.map(({ usage }) => `  ${usage}`)].join('\n'))
  }
}

const OPTIONS = { nab: { type: 'string' }, out: { type: 'string' } } as const

function readArguments(args: readonly string[]): Asked {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: OPTIONS,
      allowPositionals: true,
    })
    return { nab: values.nab, folders: positionals, out: values.out }
  } catch (cause) {
    throw cause instanceof TypeError ? new UsageError(cause.message) : cause
  }
}

async function detection(args: readonly string[]): Promise<void> {
  const asked = readArguments(args)
  const mode = MODES.find(({ isAsked }) => isAsked(asked))
  if (mode === undefined)
    throw new UsageError(
      asked.out === undefined
        ? '--out is missing: the folder that is written to.'
        : 'Nothing to play, or two things at once.',
    )
  console.log(await mode.play(asked))
}

refuseSwallowed('detection', Object.keys(OPTIONS))
try {
  await detection(process.argv.slice(2))
} catch (cause) {
  const isKnown = cause instanceof UsageError || cause instanceof InputError
  console.error(isKnown ? cause.message : cause)
  process.exitCode = cause instanceof UsageError ? 2 : 1
}
