import { describe, expect, it } from 'vitest'
import type { Sender } from '../../src/simulator/sender.ts'
import { mailpace } from '../../src/simulator/senders/mailpace.ts'
import { sendgrid } from '../../src/simulator/senders/sendgrid.ts'
import { newGateway, putSource, registry } from '../support/gateway.ts'
import { WHO } from '../support/who.ts'

interface Conditions {
  readonly sender: Sender
  readonly isForeign?: boolean
  readonly isPaused?: boolean
  readonly queueRefuses: boolean
}

/** The answer to one delivery, and how long it was held back. */
async function answered({ sender, isForeign = false, isPaused = false, queueRefuses }: Conditions) {
  const [account, stranger] = [await sender.open(), await sender.open()]
  const gateway = newGateway()
  gateway.queue.refusing = queueRefuses
  const source = await putSource(account.document)
  if (isPaused) {
    const begun = await registry().containments.begin(source, { action: 'pause' }, 600, null, WHO)
    if (begun.ok) gateway.clock.nowMs = begun.containment.startedAtMs
  }
  const nowSeconds = gateway.clock.nowMs / 1_000
  const event = {
    kind: 'email.delivered',
    messageId: 'm-1',
    recipient: 'ada@example.com',
    occurredAtSeconds: nowSeconds,
  }
  const { headers, body } = await (isForeign ? stranger : account).deliver([event], nowSeconds)
  const { status } = await gateway.fetch(`/hooks/${source}`, {
    method: 'POST',
    headers,
    body: Buffer.from(body),
  })
  return { status, heldMs: gateway.heldMs }
}

describe('an answer is held back', () => {
  it.each<[what: string, conditions: Conditions, expected: object]>([
    [
      'from an ESP that ends a webhook after an error and retries after a timeout',
      { sender: mailpace, queueRefuses: true },
      { status: 503, heldMs: [70_000] },
    ],
    ['not if it is no error', { sender: mailpace, queueRefuses: false }, { status: 200, heldMs: [] }],
    [
      'not from a stranger',
      { sender: mailpace, isForeign: true, queueRefuses: true },
      { status: 401, heldMs: [] },
    ],
    [
      'not from a stranger who may come again',
      { sender: mailpace, isForeign: true, isPaused: true, queueRefuses: false },
      { status: 503, heldMs: [] },
    ],
    ['not from another ESP', { sender: sendgrid, queueRefuses: true }, { status: 503, heldMs: [] }],
  ])('%s', async (_what, conditions, expected) => {
    expect(await answered(conditions)).toEqual(expected)
  })
})
