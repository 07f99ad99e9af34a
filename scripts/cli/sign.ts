/** `postern sign`: makes a correctly signed delivery of any provider, under keys made for it alone, and may post it. */
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SENDERS, senderNamed } from '../simulator/senders/index.ts'
import type { Account, Happening, OutgoingRequest } from '../simulator/sender.ts'
import { type Command, type Io, UsageError } from './command.ts'
import { optionsOf, secondsOf } from './options.ts'
import { postTo, putSource } from './post.ts'
import { writeRequest } from './raw-request.ts'

const OPTIONS = {
  kind: { type: 'string' },
  now: { type: 'string' },
  document: { type: 'boolean' },
  case: { type: 'boolean' },
  out: { type: 'string' },
  put: { type: 'string' },
  to: { type: 'string' },
} as const

export const sign: Command = {
  name: 'sign',
  usage: `postern sign PROVIDER [options]
  Makes one delivery as that ESP would send it, signed with keys that are made for it alone, and prints it as an HTTP request.
    --kind TYPE    what happened: email.bounced; default: the first that this ESP reports
    --now UNIX     the time of signing, in seconds
    --document     prints the source document with the secrets of this delivery, instead of the request
    --case         prints both as one recorded case, which postern verify - reads
    --out DIR      writes both: request.http, source.json (and certificate.pem where there is one)
    --put URL      puts the document at that URL of the console, /api/sources/NAME, with ADMIN_TOKEN
    --to URL       posts the delivery to that URL and prints the status; http to this machine only, else https
  Providers: ${SENDERS.map(({ provider }) => provider).join(' ')}
  Exit: 0 made (and taken with 200), 1 not taken, 2 wrongly asked.`,
  async run(args, io) {
    const { named, values } = optionsOf(args, OPTIONS, 'PROVIDER')
    const sender = senderNamed(named)
    if (sender === undefined)
      throw new UsageError('There is no such provider to sign for; postern help lists them.')
    const nowSeconds = secondsOf(values.now, io.nowSeconds)
    const account = await sender.open()
    const request = await account.deliver([happeningOf(account, values.kind, nowSeconds)], nowSeconds)
    const sample: Sample = { account, request, nowSeconds }

    if (values.out !== undefined) await writeTo(values.out, sample)
    if (values.document === true) io.print(JSON.stringify(account.document, null, 2))
    if (values.case === true) io.print(JSON.stringify(caseOf(sample), null, 2))
    if (values.put !== undefined || values.to !== undefined) return sent(values.put, values.to, sample, io)
    if (values.out === undefined && values.document !== true && values.case !== true) io.print(rawOf(sample))
    return 0
  },
}

interface Sample {
  readonly account: Account
  readonly request: OutgoingRequest
  readonly nowSeconds: number
}

function happeningOf({ kinds }: Account, wanted: string | undefined, nowSeconds: number): Happening {
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

/** The form of recorded cases. */
function caseOf({ account, request, nowSeconds }: Sample): object {
  const { provider, secrets, ...config } = account.document
  return {
    esp: provider,
    request: {
      method: request.method,
      url: urlOf(request),
      headers: request.headers,
      body_base64: Buffer.from(request.body).toString('base64'),
    },
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
  const [certificate] = Object.values(sample.account.serves ?? {})
  if (certificate !== undefined) files['certificate.pem'] = certificate
  try {
    await mkdir(folder, { recursive: true })
    for (const [name, content] of Object.entries(files))
      await writeFile(join(folder, name), content, { mode: 0o600 })
  } catch {
    throw new UsageError(`${folder} cannot be written to.`)
  }
}

async function sent(put: string | undefined, to: string | undefined, sample: Sample, io: Io): Promise<0 | 1> {
  const { account, request } = sample
  if (put !== undefined) {
    const status = await putSource(put, account.document, io.environment['ADMIN_TOKEN'])
    io.print(`source put: ${status ?? 'no answer'}`)
    if (status !== 200 && status !== 201) return 1
  }
  if (to === undefined) return 0
  const status = await postTo(to, request)
  io.print(`delivery sent: ${status ?? 'no answer'}`)
  if (account.serves !== undefined)
    io.print(
      'A receiver would fetch the signing certificate from the ESP, which has none of this key: refused is right.',
    )
  return status === 200 ? 0 : 1
}
