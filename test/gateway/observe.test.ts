/** A source that only observes: it judges, counts and answers as any other, and hands on nothing. */
import { describe, expect, it, vi } from 'vitest'
import type { RefusalReport } from '../../src/refusals/refusal.ts'
import { collectorsFor, genericSource, newGateway } from '../support/gateway.ts'
import { NOW_SECONDS, SECRET, delivered, signGeneric } from '../support/generic.ts'
import { linesIn } from '../support/log-lines.ts'

const CONNECTION = { 'cf-connecting-ip': '192.0.2.7' }

function observing() {
  const reports: RefusalReport[] = []
  const gateway = newGateway({ COLLECTORS: collectorsFor((report) => reports.push(report)) })
  return { gateway, reports }
}

const signed = async (payload: unknown, secret = SECRET) => {
  const request = await signGeneric(payload, secret, NOW_SECONDS)
  return { ...request, headers: { ...request.headers, ...CONNECTION } }
}

describe('a source that only observes', () => {
  const rows = [
    ['an event', delivered('m-1'), { accepted: 1, quarantined: 0 }, 1],
    ['an item that cannot be read', [{ event_type: 'email.delivered' }], { accepted: 0, quarantined: 1 }, 1],
    ['nothing', [], { accepted: 0, quarantined: 0 }, 0],
  ] as const
  it.each(rows)(
    'answers a delivery with %s, counts it and queues nothing',
    async (_what, payload, receipt, count) => {
      const { gateway, reports } = observing()
      const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
      const source = await genericSource({ observe: true })
      const answer = await gateway.fetch(`/hooks/${source}`, await signed(payload))
      expect(answer.status).toBe(200)
      expect(await answer.json()).toMatchObject(receipt)
      await gateway.settled()
      expect(gateway.queue.envelopes).toEqual([])
      const observed = reports.flatMap((report) => report.observed ?? [])
      expect(observed).toEqual(count === 0 ? [] : [{ source, network: '192.0.2.0/24', count }])
      // Nothing of it will be stored, so it is no sign that the consumer has something to store.
      expect(reports.filter(({ acceptedMs }) => acceptedMs !== undefined)).toEqual([])
      const lines = linesIn(log.mock.calls.map(([line]) => String(line)))
      log.mockRestore()
      expect(lines.find(({ event }) => event === 'delivery_accepted')).toMatchObject({
        processing: count === 0 ? 'answered' : 'observed',
      })
    },
  )

  it('knows copies, and refuses what is forged', async () => {
    const { gateway, reports } = observing()
    const source = await genericSource({ observe: true })
    const request = await signed(delivered('m-1'))
    for (const accepted of [1, 0])
      expect(await (await gateway.fetch(`/hooks/${source}`, request)).json()).toMatchObject({ accepted })
    const forged = await signed(delivered('m-2'), 'another-secret-of-a-test-0123456789')
    expect((await gateway.fetch(`/hooks/${source}`, forged)).status).toBe(401)
    await gateway.settled()
    expect(reports.flatMap(({ duplicates = [] }) => duplicates)).toEqual([{ source, count: 1 }])
    expect(reports.flatMap(({ counts }) => counts)).toMatchObject([
      { source, code: 'signature_mismatch', count: 1 },
    ])
  })

  it('queues events from the change of the setting on', async () => {
    const { gateway } = observing()
    const source = await genericSource({ observe: true })
    await gateway.fetch(`/hooks/${source}`, await signed(delivered('m-1')))
    await genericSource({}, source)
    await gateway.fetch(`/hooks/${source}`, await signed(delivered('m-2')))
    const events = (await gateway.queue.contents()).flatMap((contents) => contents.events)
    expect(events.map(({ message_id }) => message_id)).toEqual(['m-2'])
  })
})
