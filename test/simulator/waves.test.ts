/** Waves of bounces: each ESP of the demo reports them so that their cause is read, and only those of a bad list are about addresses. */
import { describe, expect, it } from 'vitest'
import { WAVES } from '../../src/cli/drill/waves.ts'
import type { DrillWorld } from '../../src/cli/drill/drill.ts'
import { meaningOf } from '../../src/event/cause/causes.ts'
import { providerNamed } from '../../src/providers/index.ts'
import { openBody, understand } from '../../src/providers/shared/understand.ts'
import { DEMO_PROVIDERS } from '../../src/simulator/demo/sources.ts'
import type { SimulatedEvent } from '../../src/simulator/sender.ts'
import { senderNamed } from '../../src/simulator/senders/index.ts'
import { deliveryFacts } from '../support/mail-events.ts'

const NOW_SECONDS = 1_790_000_000

/** Events that Postern reads in the i-th request of a wave. */
async function read(wave: (typeof WAVES)[number], name: string, i: number) {
  const [account, provider] = [await senderNamed(name)?.open(), providerNamed(name)]
  if (account === undefined || provider === undefined) throw new Error(`no simulated ${name}`)
  const world = {
    sign: async (events: readonly SimulatedEvent[]) => ({ request: await account.deliver(events, NOW_SECONDS), address: '' }),
    event: (kind: string, change = {}) => ({ kind, messageId: `m-${i}`, recipient: '', occurredAtSeconds: NOW_SECONDS, ...change }),
    nowSeconds: () => NOW_SECONDS,
  } as unknown as DrillWorld // prettier-ignore
  const { request } = await wave.make(world, i, undefined)
  const verifiedHeaders = new Map(Object.entries(request.headers))
  const body = {
    bytes: Uint8Array.from(request.body),
    contentType: verifiedHeaders.get('content-type') ?? null,
    query: new URLSearchParams(request.query),
    verifiedHeaders,
  }
  const opened = openBody(provider, body)
  const { events } = await understand(
    provider,
    opened.kind === 'items' ? opened.items : [],
    body,
    deliveryFacts(),
  )
  return events
}

describe.each(DEMO_PROVIDERS)('at %s', (name) => {
  it.each([
    ['bad_list', 'no_mailbox', null, 'address'],
    ['blocked_network', 'reputation', null, 'sender'],
    ['broken_dmarc', 'authentication', 'dmarc', 'sender'],
  ] as const)('%s is a bounce for %s', async (wave, cause, detail, about) => {
    const found = WAVES.find((one) => one.name === wave)
    if (found === undefined) throw new Error(`no wave ${wave}`)
    for (const i of [0, 1, 2])
      expect(await read(found, name, i)).toMatchObject([
        { type: 'email.bounced', cause, cause_detail: detail },
      ])
    expect(meaningOf(cause).about).toBe(about)
  })
})
