/** `postern sign`: makes a correctly signed delivery of any provider, under keys made for it alone, and may post it. */
import { refusalRoutes } from '../../api/refusals.ts'
import { sourceRoutes } from '../../api/sources.ts'
import { SENDERS } from '../../simulator/senders/index.ts'
import { type Cli, type MakeListed, type RemoteOptions, verb } from '../command.ts'
import type { Api } from '../connection/api.ts'
import { secondsOf } from '../options.ts'
import { answerTo, checked } from '../sign/post.ts'
import { type Sample, caseOf, rawOf, sampleOf, shownRequest, writeTo } from '../sign/sample.ts'
import { putSource, settingsOf, twinDocument, twinName, webhookUrlOf } from '../sign/source.ts'
import { Stop, UsageError } from '../stop.ts'

interface Options extends RemoteOptions {
  readonly source?: string | undefined
  readonly put?: string | undefined
  readonly to?: string | undefined
  readonly json?: true | undefined
  readonly yes?: true | undefined
}

/** Result for programs. */
interface Sent {
  readonly source: string | null
  /** Null if the delivery was not sent, or nobody answered. */
  readonly status: number | null
  /** Null if the answer names none. */
  readonly request_id: string | null
  /** Why it was refused; null if it was accepted, or only the console knows. */
  readonly reason: string | null
}

type Answered = Omit<Sent, 'source'>
const NOT_SENT: Answered = { status: null, request_id: null, reason: null }

/** A refusal is in the log within a second or two. */
const REASON_TRIES = 4

export const sign: MakeListed = (cli, ...named) =>
  verb(...named, 'postern sign mailgun --kind email.bounced --out sample\n  postern sign --source shop')
    .argument('[PROVIDER]', SENDERS.map(({ provider }) => provider).join(', '))
    .option('--kind <TYPE>', 'what happened: email.bounced; default: the first that this ESP reports')
    .option('--recipient <ADDRESS>', 'whose mail it is about; default: someone@example.com')
    .option('--now <UNIX>', 'the time of signing, in seconds')
    .option(
      '--document',
      'print the source document with the secrets of this delivery, instead of the request',
    )
    .option('--case', 'print both as one recorded case, which postern verify - reads')
    .option('--out <DIR>', 'write both: request.http, source.json (and certificate.pem if there is one)')
    .option(
      '--source <NAME>',
      'send it to a temporary twin of this source: the same settings but for its networks, other secrets, removed afterwards; its events stay',
    )
    .option(
      '--put <NAME|URL>',
      'put the document as that source of the console, or of the console in the URL',
    )
    .option('--to <URL>', 'post the delivery to that URL; http to this machine only, else https')
    .option(
      '--url <URL>',
      'where the console answers; default: POSTERN_URL, else the last login, else this machine',
    )
    .option('--yes', 'replace a source without asking')
    .action(async (named, options) => {
      if (options.source !== undefined && (options.put !== undefined || options.to !== undefined))
        throw new UsageError('--source sends the delivery itself: leave out --put and --to.')
      const wish = {
        kind: options.kind,
        recipient: options.recipient,
        nowSeconds: secondsOf(options.now, cli.io.nowSeconds),
      }
      if (options.source !== undefined) return throughTwin(cli, options.source, named, options, wish)
      if (named === undefined) throw new UsageError('Name a PROVIDER, or a source of yours with --source.')
      const sample = await sampleOf(named, wish)

      const { io } = cli
      if (options.out !== undefined) await writeTo(options.out, sample)
      if (options.document === true) io.print(JSON.stringify(sample.account.document, null, 2))
      if (options.case === true) io.print(JSON.stringify(caseOf(sample), null, 2))
      if (options.put !== undefined || options.to !== undefined) return send(cli, sample, options)
      if (options.json === true) io.print(JSON.stringify(shownRequest(sample), null, 2))
      else if (options.out === undefined && options.document !== true && options.case !== true)
        io.print(rawOf(sample))
    })

async function send(cli: Cli, sample: Sample, options: Options): Promise<void> {
  const { put, to, yes } = options
  if (to !== undefined) checked(to)
  const place = put === undefined ? undefined : await consoleOf(cli, put, options)
  if (place !== undefined) {
    const { api, name } = place
    const url = await putSource(api, name, sample.account.document, cli.io, yes === true)
    if (url === undefined) return cli.end('no')
  }
  const answered = to === undefined ? NOT_SENT : await deliver(cli, to, sample, place?.api)
  report(cli, sample, options, { source: place?.name ?? null, ...answered }, to !== undefined)
}

/** @param api of the console that knows why, if it is known */
async function deliver(
  { io }: Cli,
  url: string,
  { request }: Sample,
  api: Api | undefined,
): Promise<Answered> {
  const answer = await answerTo(url, request)
  const { request_id: id } = (answer?.json ?? {}) as { request_id?: unknown }
  if (answer === null || typeof id !== 'string') return { ...NOT_SENT, status: answer?.status ?? null }
  const sent = { status: answer.status, request_id: id, reason: null }
  if (answer.status === 200 || api === undefined) return sent
  for (let tries = 1; ; tries += 1) {
    const refusal = await api
      .call(refusalRoutes.getRefusal, { params: { request_id: id } })
      .catch((cause: unknown) => {
        if (cause instanceof Stop) return undefined
        throw cause
      })
    if (refusal !== undefined || tries === REASON_TRIES)
      return { ...sent, reason: refusal?.explanation ?? null }
    await io.sleep(1_000)
  }
}

/** The real source stays as it is: its secrets never leave the registry, so nothing here can sign with them. */
async function throughTwin(
  cli: Cli,
  name: string,
  provider: string | undefined,
  options: Options,
  wish: Parameters<typeof sampleOf>[1],
): Promise<void> {
  const api = await cli.api(options)
  const settings = await settingsOf(api, name)
  if (provider !== undefined && provider !== settings.provider)
    throw new UsageError(`The source is one of ${settings.provider}: leave the PROVIDER out.`)
  const sample = await sampleOf(settings.provider, wish)
  const twin = twinName(name)
  const url = await webhookUrlOf(api, twin)
  await putSource(api, twin, twinDocument(settings, sample.account.document), cli.io, false)
  try {
    const answered = await deliver(cli, url, sample, api)
    report(cli, sample, options, { source: twin, ...answered }, true)
  } finally {
    await api.call(sourceRoutes.deleteSource, { params: { name: twin } })
  }
}

function report(cli: Cli, { account }: Sample, options: Options, sent: Sent, isSent: boolean): void {
  cli.show(options, sent, () =>
    [
      ...(sent.source === null ? [] : [`source put: ${sent.source}`]),
      ...(isSent ? [`delivery sent: ${sent.status ?? 'no answer'}`] : []),
      ...(sent.request_id === null ? [] : [`request: ${sent.request_id}`]),
      ...(sent.request_id === null || sent.status === 200
        ? []
        : [`reason: ${sent.reason ?? `postern refusals show ${sent.request_id} has it`}`]),
      ...(isSent && account.serves !== undefined
        ? [
            'The gateway fetches the signing certificate or key from the ESP, which does not have this one: it must refuse.',
          ]
        : []),
    ].join('\n'),
  )
  if (isSent && sent.status !== 200) cli.end('no')
}

/** `shop`, or `https://console.example/api/sources/shop`. ADMIN_TOKEN is used for a URL if there is no other token. */
async function consoleOf(cli: Cli, put: string, options: Options): Promise<{ api: Api; name: string }> {
  if (!put.includes('/')) return { api: await cli.api(options), name: put }
  const { origin, pathname } = checked(put)
  const name = /^\/api\/sources\/([^/]+)$/.exec(pathname)?.[1]
  if (name === undefined)
    throw new UsageError('--put takes the name of a source, or the URL /api/sources/NAME.')
  return { api: await cli.api({ url: origin }), name: decodeURIComponent(name) }
}
