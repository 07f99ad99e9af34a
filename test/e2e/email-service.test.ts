/** Events of Cloudflare's Email Service, from the queue that its subscription writes to the operator's API. */
import { describe, expect, it } from 'vitest'
import { jsonOf } from '../../src/simulator/http.ts'
import { emailServiceEvent } from '../../src/simulator/email-service.ts'
import { simulated, until, withInstallation } from './postern.ts'

const SOURCE = 'cloudflare-email'

const postern = withInstallation()

async function listed<Row>(path: string, name: string): Promise<Row[]> {
  return (jsonOf(await postern.console.get(path)) as Record<string, Row[]>)[name] ?? []
}

const quarantine = () =>
  listed<{ source: string; problem: string }>(`/api/quarantine?source=${SOURCE}`, 'quarantine')

describe('the queue of the Email Service', () => {
  it('stores each event once, with its counters and suppressions', async () => {
    const [delivered, bounced] = [simulated(), simulated({ kind: 'email.bounced', bounce: 'hard' })]
    for (const one of [delivered, bounced, bounced])
      await postern.runtime.emailService(emailServiceEvent(one))
    const events = await postern.settledAt(SOURCE, 2)
    expect(new Set(events.map(({ type, recipient }) => [type, recipient].join(' ')))).toEqual(
      new Set([`email.delivered ${delivered.recipient}`, `email.bounced ${bounced.recipient}`]),
    )
    expect(events).toHaveLength(2)
    const suppressed = await postern.console.get(`/api/suppressions/${encodeURIComponent(bounced.recipient)}`)
    expect(jsonOf(suppressed)).toMatchObject({ reasons: [{ reason: 'hard_bounce', source: SOURCE }] })
  })

  it('loses no message that cannot be read', async () => {
    const after = simulated()
    await postern.runtime.emailService('hello')
    await postern.runtime.emailService({ type: 'cf.r2.bucket.created' })
    await postern.runtime.emailService(emailServiceEvent(after))
    await until(async () => (await quarantine()).length === 2)
    expect(new Set((await quarantine()).map(({ problem }) => problem))).toEqual(
      new Set(['body_unreadable', 'item_unreadable']),
    )
    await until(async () =>
      (await postern.events(SOURCE)).some(({ message_id }) => message_id === after.messageId),
    )
    expect((await postern.events(SOURCE)).map(({ message_id }) => message_id)).toContain(after.messageId)
    expect(await listed('/api/dead-letters', 'dead_letters')).toEqual([])
  })

  it('writes no address into the log', () => {
    expect(postern.logs.length).toBeGreaterThan(0)
    expect(postern.logs.filter((line) => line.includes('@example'))).toEqual([])
  })
})
