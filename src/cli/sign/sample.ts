/** A correctly signed delivery under keys that were made for it alone, in the forms in which it can be saved. */
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { senderNamed } from '../../simulator/senders/index.ts'
import type { Account, OutgoingRequest, SimulatedEvent } from '../../simulator/sender.ts'
import { writeRequest } from '../raw-request.ts'
import { UsageError } from '../stop.ts'

export interface Sample {
  readonly account: Account
  readonly request: OutgoingRequest
  readonly nowSeconds: number
}

export interface Wish {
  readonly kind: string | undefined
  readonly recipient: string | undefined
  readonly nowSeconds: number
}

/** @throws {UsageError} for a provider that has no sender, or a kind that it does not report */
export async function sampleOf(provider: string, wish: Wish): Promise<Sample> {
  const sender = senderNamed(provider)
  if (sender === undefined)
    throw new UsageError('There is no such provider to sign for. postern sign --help lists all of them.')
  const account = await sender.open()
  const request = await account.deliver([simulatedEventOf(account, wish)], wish.nowSeconds)
  return { account, request, nowSeconds: wish.nowSeconds }
}

function simulatedEventOf({ kinds }: Account, { kind: wanted, recipient, nowSeconds }: Wish): SimulatedEvent {
  const kind = wanted ?? kinds[0] ?? 'email.unknown'
  if (!kinds.includes(kind)) throw new UsageError(`This ESP reports: ${kinds.join(', ')}.`)
  return {
    kind,
    messageId: `sample-${randomBytes(6).toString('hex')}`,
    recipient: recipient ?? 'someone@example.com',
    occurredAtSeconds: nowSeconds - 1,
    ...(kind === 'email.bounced' ? { bounce: 'hard' as const } : {}),
    ...(kind === 'email.clicked' ? { url: 'https://shop.example.com/offer' } : {}),
  }
}

/** The URL that the sample is addressed to. Senders that sign a URL name their own in the document. */
const urlOf = ({ query }: OutgoingRequest): string => `https://postern.example/hooks/sample${query}`

export const rawOf = ({ request }: Sample): Uint8Array =>
  writeRequest({
    method: request.method,
    url: urlOf(request),
    headers: Object.entries(request.headers),
    body: request.body,
  })

export const shownRequest = ({ request }: Pick<Sample, 'request'>) => ({
  method: request.method,
  url: urlOf(request),
  headers: request.headers,
  body_base64: Buffer.from(request.body).toString('base64'),
})

/** The form of recorded cases. */
export function caseOf({ account, request, nowSeconds }: Sample): object {
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

/** Readable by their owner only: the document holds secrets. @throws {UsageError} for a folder that cannot be written */
export async function writeTo(folder: string, sample: Sample): Promise<void> {
  const files: Record<string, string | Uint8Array> = {
    'request.http': rawOf(sample),
    'source.json': `${JSON.stringify(sample.account.document, null, 2)}\n`,
  }
  // The certificate that signs comes first, then its issuers: verify reads them from one file.
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
