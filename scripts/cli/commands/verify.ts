/** `postern verify`: judges a captured request against a source's settings, offline, and says what is wrong with it. */
import { readFile } from 'node:fs/promises'
import { type Capture, captureOfCase, isRecordedCase } from '../capture.ts'
import { type Io, type MakeCommand, verb } from '../command.ts'
import { diagnose } from '../diagnose/index.ts'
import { unexplained } from '../diagnose/unexplained.ts'
import { type Judgement, judge } from '../judge.ts'
import { objectFrom } from '../json.ts'
import { secondsOf } from '../options.ts'
import { parseRequest } from '../raw-request.ts'
import { UsageError } from '../stop.ts'
import { linesOf } from '../wrap.ts'

export const verify: MakeCommand = ({ io, show, end }) =>
  verb(
    'verify',
    'Judges a captured delivery offline, and says what is wrong with it.',
    'postern verify request.http --source source.json',
  )
    .argument(
      '<FILE|->',
      'an HTTP request with its body byte for byte, or a recorded case; - is standard input',
    )
    .option('--source <FILE>', 'the source document, as for PUT /api/sources; needed with an HTTP request')
    .option('--url <URL>', 'the URL that the request came to, where it differs from the captured one')
    .option('--now <UNIX>', "the time to judge at, in seconds; default: the case's, else now")
    .option(
      '--certificate <FILE>',
      "the PEM that the ESP's certificate URL would answer (Amazon SNS; Alibaba; Scaleway, with its trust chain behind it)",
    )
    .action(async (named, options) => {
      const capture = await captureOf(named, options, io)
      const verdict = await judge(capture)
      const found = isAccepted(verdict) ? [] : await diagnose(capture, verdict)
      const lines = [...linesOf(verdict), ...found.map(({ sentence }) => `probably: ${sentence}`)]
      const left =
        found.length === 0 && verdict.kind === 'not_verified'
          ? unexplained(verdict.refusal.code, capture)
          : undefined
      if (left !== undefined) lines.push(left)
      show(options, { accepted: isAccepted(verdict), verdict, probably: found }, () => lines.join('\n'))
      if (!isAccepted(verdict)) end('no')
    })

const isAccepted = (verdict: Judgement): boolean =>
  verdict.kind === 'validation' ||
  (verdict.kind === 'verified' && verdict.fresh && verdict.refusal === undefined)

interface Options {
  readonly source?: string | undefined
  readonly url?: string | undefined
  readonly now?: string | undefined
  readonly certificate?: string | undefined
}

async function captureOf(named: string, values: Options, io: Io): Promise<Capture> {
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
