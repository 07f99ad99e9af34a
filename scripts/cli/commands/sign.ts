/** `postern sign`: makes a correctly signed delivery of any provider, under keys made for it alone, and may post it. */
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SENDERS, senderNamed } from '../../simulator/senders/index.ts'
import type { Account, SimulatedEvent, OutgoingRequest } from '../../simulator/sender.ts'
import { type Io, type MakeCommand, verb } from '../command.ts'
import { secondsOf } from '../options.ts'
import { postTo, putSource } from '../post.ts'
import { writeRequest } from '../raw-request.ts'
import { UsageError } from '../stop.ts'

export const sign: MakeCommand = ({ io, end }) =>
  verb(
    'sign',
    'Makes a correctly signed delivery of any provider, under keys made for it alone, and may send it.',
    'postern sign mailgun --kind email.bounced --out sample',
  )
    .argument('<PROVIDER>', SENDERS.map(({ provider }) => provider).join(', '))
    .option('--kind <TYPE>', 'what happened: email.bounced; default: the first that this ESP reports')
    .option('--now <UNIX>', 'the time of signing, in seconds')
    .option(
      '--document',
      'print the source document with the secrets of this delivery, instead of the request',
    )
    .option('--case', 'print both as one recorded case, which postern verify - reads')
    .option('--out <DIR>', 'write both: request.http, source.json (and certificate.pem where there is one)')
    .option('--put <URL>', 'put the document at that URL of the console, /api/sources/NAME, with ADMIN_TOKEN')
    .option(
      '--to <URL>',
      'post the delivery to that URL and print the status; http to this machine only, else https',
    )
    .action(async (provider, options) => {
      const sender = senderNamed(provider)
      if (sender === undefined)
        throw new UsageError('There is no such provider to sign for; postern sign --help lists them.')
      const nowSeconds = secondsOf(options.now, io.nowSeconds)
      const account = await sender.open()
      const request = await account.deliver([simulatedEventOf(account, options.kind, nowSeconds)], nowSeconds)
      const sample: Sample = { account, request, nowSeconds }

      if (options.out !== undefined) await writeTo(options.out, sample)
      if (options.document === true) io.print(JSON.stringify(account.document, null, 2))
      if (options.case === true) io.print(JSON.stringify(caseOf(sample), null, 2))
      if (options.put !== undefined || options.to !== undefined) {
        if (!(await sent(options.put, options.to, sample, io))) end('no')
      } else if (options.json === true) io.print(JSON.stringify(shownRequest(sample), null, 2))
      else if (options.out === undefined && options.document !== true && options.case !== true)
        io.print(rawOf(sample))
    })

interface Sample {
  readonly account: Account
  readonly request: OutgoingRequest
  readonly nowSeconds: number
}

function simulatedEventOf(
  { kinds }: Account,
  wanted: string | undefined,
  nowSeconds: number,
): SimulatedEvent {
  const kind = wanted ?? kinds[0] ?? 'email.unknown'
  if (!kinds.includes(kind)) throw new UsageError(`This ESP reports: ${kinds.join(', ')}.`)
  return {
    kind,
    messageId: `sample-${randomBytes(6).toString('hex')}`,
    recipient: 'someone@example.com',
    occurredAtSeconds: nowSeconds - 1,
    ...(kind === 'email.bounced' ? { bounce: 'hard' as const } : {}),
    ...(kind === 'email.clicked' ? { url: 'https://shop.example.com/offer' } : {}),
  }
}

/** Where the sample says that it was sent. Senders that sign a URL name their own in the document. */
const urlOf = ({ query }: OutgoingRequest): string => `https://postern.example/hooks/sample${query}`

const rawOf = ({ request }: Sample): Uint8Array =>
  writeRequest({
    method: request.method,
    url: urlOf(request),
    headers: Object.entries(request.headers),
    body: request.body,
  })

const shownRequest = ({ request }: Pick<Sample, 'request'>) => ({
  method: request.method,
  url: urlOf(request),
  headers: request.headers,
  body_base64: Buffer.from(request.body).toString('base64'),
})

/** The form of recorded cases. */
function caseOf({ account, request, nowSeconds }: Sample): object {
  const { provider, secrets, ...config } = account.document
  return {
    esp: provider,
    request: shownRequest({ request }),
    secrets: {
      ...(secrets as object),
      ...(account.serves === undefined ? {} : { certificates: account.serves }),
    },
    config,
    now: nowSeconds,
  }
}

/** Readable for their owner only: the document holds secrets. */
async function writeTo(folder: string, sample: Sample): Promise<void> {
  const files: Record<string, string | Uint8Array> = {
    'request.http': rawOf(sample),
    'source.json': `${JSON.stringify(sample.account.document, null, 2)}\n`,
  }
  // The message's own first, then those that issued it: each is found in the one file.
  const certificates = Object.values(sample.account.serves ?? {})
  if (certificates.length > 0) files['certificate.pem'] = certificates.join('\n')
  try {
    await mkdir(folder, { recursive: true })
    for (const [name, content] of Object.entries(files))
      await writeFile(join(folder, name), content, { mode: 0o600 })
  } catch {
    throw new UsageError(`${folder} cannot be written to.`)
  }
}

async function sent(
  put: string | undefined,
  to: string | undefined,
  sample: Sample,
  io: Io,
): Promise<boolean> {
  const { account, request } = sample
  if (put !== undefined) {
    const status = await putSource(put, account.document, io.environment['ADMIN_TOKEN'])
    io.print(`source put: ${status ?? 'no answer'}`)
    if (status !== 200 && status !== 201) return false
  }
  if (to === undefined) return true
  const status = await postTo(to, request)
  io.print(`delivery sent: ${status ?? 'no answer'}`)
  if (account.serves !== undefined)
    io.print(
      'A receiver would fetch the signing certificate from the ESP, which has none of this key: refused is right.',
    )
  return status === 200
}
