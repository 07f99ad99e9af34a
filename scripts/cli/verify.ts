/** `postern verify`: judges a captured request against a source's settings, offline, and says what is wrong with it. */
import { readFile } from 'node:fs/promises'
import { type Capture, captureOfCase, isRecordedCase } from './capture.ts'
import { type Command, type Io, UsageError } from './command.ts'
import { diagnose } from './diagnose/index.ts'
import { judge } from './judge.ts'
import { objectFrom } from './json.ts'
import { optionsOf, secondsOf } from './options.ts'
import { parseRequest } from './raw-request.ts'
import { linesOf } from './words.ts'

const OPTIONS = {
  source: { type: 'string' },
  url: { type: 'string' },
  now: { type: 'string' },
  certificate: { type: 'string' },
} as const

export const verify: Command = {
  name: 'verify',
  usage: `postern verify FILE|- [options]
  Judges a captured request offline. FILE (or - for standard input) is an HTTP request as text, its body byte for byte,
  or a recorded case (JSON with esp, request, secrets, config, now).
    --source FILE       the source document, as for PUT /api/sources; needed with an HTTP request
    --url URL           the URL that the request came to, where it differs from the captured one
    --now UNIX          the time to judge at, in seconds; default: the case's, else now
    --certificate FILE  the PEM that the ESP's certificate URL would answer (Amazon SNS)
  Exit: 0 proven, 1 not proven, 2 wrongly asked.`,
  async run(args, io) {
    const capture = await captureOf(args, io)
    const verdict = await judge(capture)
    for (const line of linesOf(verdict)) io.print(line)
    const accepted =
      verdict.kind === 'greeting' ||
      (verdict.kind === 'proven' && verdict.fresh && verdict.refusal === undefined)
    if (accepted) return 0

    const found = await diagnose(capture, verdict)
    for (const { sentence } of found) io.print(`probably: ${sentence}`)
    if (found.length === 0 && verdict.kind === 'not_proven') io.print(NOTHING_FOUND)
    return 1
  },
}

const NOTHING_FOUND =
  'Nothing of what is usually wrong explains it. Most likely the secret is of another webhook, account or environment, ' +
  'or the body was changed beyond what can be tried.'

async function captureOf(args: readonly string[], io: Io): Promise<Capture> {
  const { named, values } = optionsOf(args, OPTIONS, 'FILE, or - for standard input')
  const bytes = named === '-' ? await io.stdin() : await fileAt(named)
  const document = values.source === undefined ? undefined : await documentAt(values.source)
  const nowSeconds = secondsOf(values.now, io.nowSeconds)
  const read = isRecordedCase(bytes)
    ? captureOfCase(objectFrom(new TextDecoder().decode(bytes), 'The capture'), nowSeconds)
    : { ...parseRequest(bytes), document: needed(document), certificates: {}, nowSeconds }
  if (values.url !== undefined && !URL.canParse(values.url))
    throw new UsageError('--url takes an absolute URL.')
  return {
    ...read,
    ...(document === undefined ? {} : { document }),
    ...(values.url === undefined ? {} : { url: values.url }),
    ...(values.now === undefined ? {} : { nowSeconds }),
    ...(values.certificate === undefined
      ? {}
      : { certificate: new TextDecoder().decode(await fileAt(values.certificate)) }),
  }
}

const documentAt = async (path: string) =>
  objectFrom(new TextDecoder().decode(await fileAt(path)), 'The source document')

function needed<T>(document: T | undefined): T {
  if (document === undefined)
    throw new UsageError('An HTTP request needs --source FILE, the source document.')
  return document
}

async function fileAt(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch {
    throw new UsageError(`${path} cannot be read.`)
  }
}
