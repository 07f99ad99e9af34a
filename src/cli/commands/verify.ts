/** `postern verify`: judges a captured request against a source's settings, offline, and says what is wrong with it. */
import { type Capture, captureOfCase, isRecordedCase } from '../capture.ts'
import { type Cli, type MakeListed, verb } from '../command.ts'
import { diagnose } from '../diagnose/index.ts'
import { unexplained } from '../diagnose/unexplained.ts'
import { type Judgement, judge } from '../judge.ts'
import { bytesOf } from '../input-file.ts'
import { objectFrom } from '../json.ts'
import { secondsOf } from '../options.ts'
import { parseRequest } from '../raw-request.ts'
import { sourceDocument } from '../source-document.ts'
import { UsageError } from '../stop.ts'
import { linesOf } from '../wrap.ts'

export const verify: MakeListed = (cli, ...named) =>
  verb(...named, 'postern verify captured/req_….json --source shop')
    .argument(
      '<FILE|->',
      'an HTTP request with its body byte for byte, or a recorded case; - is standard input',
    )
    .option(
      '--source <NAME|FILE>',
      'a source of the console, or a source document as for PUT /api/sources; needed with an HTTP request',
    )
    .option('--secrets <FILE>', 'a JSON file of the secrets of the named source; else they are typed unseen')
    .option('--requested <URL>', 'the URL that the request came to, where it differs from the captured one')
    .option('--now <UNIX>', "the time to judge at, in seconds; default: the case's, else now")
    .option(
      '--certificate <FILE>',
      "the PEM that the ESP's certificate URL would answer (Amazon SNS; Alibaba; Scaleway, with its trust chain behind it)",
    )
    .action(async (named, options) => {
      const { show, end } = cli
      const capture = await captureOf(named, options, cli)
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
  readonly secrets?: string | undefined
  readonly requested?: string | undefined
  readonly now?: string | undefined
  readonly certificate?: string | undefined
}

async function captureOf(named: string, values: Options, cli: Cli): Promise<Capture> {
  const { io } = cli
  const bytes = await bytesOf(named, io)
  const document =
    values.source === undefined ? undefined : await sourceDocument(values.source, values.secrets, cli)
  const nowSeconds = secondsOf(values.now, io.nowSeconds)
  const read = isRecordedCase(bytes)
    ? captureOfCase(objectFrom(new TextDecoder().decode(bytes), 'The capture'), nowSeconds)
    : { ...parseRequest(bytes), document: needed(document), certificates: {}, nowSeconds }
  if (values.requested !== undefined && !URL.canParse(values.requested))
    throw new UsageError('--requested takes an absolute URL.')
  return {
    ...read,
    ...(document === undefined ? {} : { document }),
    ...(values.requested === undefined ? {} : { url: values.requested }),
    ...(values.now === undefined ? {} : { nowSeconds }),
    ...(values.certificate === undefined
      ? {}
      : { certificate: new TextDecoder().decode(await bytesOf(values.certificate, io)) }),
  }
}

function needed<T>(document: T | undefined): T {
  if (document === undefined)
    throw new UsageError('An HTTP request needs --source: the name of a source, or a file with its document.')
  return document
}
