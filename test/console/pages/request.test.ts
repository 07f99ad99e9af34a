import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { emailServiceEvent } from '../../../src/simulator/email-service.ts'
import { readEmailService } from '../../../src/consumer/email-service.ts'
import { consume } from '../../../src/consumer/receive.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { decision } from '../../support/decision.ts'
import { NOON_MS, mailEvent } from '../../support/mail-events.ts'
import { TestMessage, batchOf } from '../../support/queue.ts'
import { emptyStore } from '../../support/store.ts'
import { newConsole } from '../support.ts'
import { type Visitor, visitor } from './visitor.ts'

const REFUSED = 'req_00000000000000000000000a'
/** The request id that `consumeEvents` stores. */
const ACCEPTED = 'req_000000000000000000000001'

let someone: Visitor
beforeAll(async () => {
  const deps = consumerDeps(await emptyStore())
  const item = {
    kind: 'email.delivered',
    messageId: 'm-1',
    recipient: 'bo@example.com',
    occurredAtSeconds: NOON_MS / 1_000,
  }
  const message = new TestMessage(emailServiceEvent(item), { id: 'f'.repeat(32) })
  await consume(batchOf([message], 'postern-email-service'), deps, readEmailService)
  await consumeEvents(deps, [
    await mailEvent({ type: 'email.opened', atMs: NOON_MS, recipient: 'ada@example.com' }),
  ])
  const refusal = {
    requestId: REFUSED,
    atMs: Date.now(),
    source: 'shop',
    provider: 'generic',
    code: 'timestamp_outside_window',
    status: 401,
    detail: { ageSeconds: 400, windowSeconds: 300 },
    decision: decision(),
    network: '192.0.2.0/24',
  }
  await env.WATCH.getByName('watch').report({ latest: [refusal], counts: [] })
  someone = visitor(newConsole())
  await someone.enter()
})

describe('the page of one request', () => {
  it('says why the delivery was refused, and is linked from the list', async () => {
    const page = await someone.get(`/requests/${REFUSED}`)
    expect(page.status).toBe(200)
    const html = await page.text()
    expect(html).toContain('400 seconds ago')
    expect(html).toContain('timestamp_outside_window')
    expect(await (await someone.get('/')).text()).toContain(`href="/requests/${REFUSED}"`)
  })

  it('shows the events of an accepted delivery, and is linked from the list', async () => {
    const page = await someone.get(`/requests/${ACCEPTED}`)
    expect(page.status).toBe(200)
    const html = await page.text()
    expect(html).toContain('ada@example.com')
    expect(html).toContain('opened')
    expect(await (await someone.get('/')).text()).toContain(`href="/requests/${ACCEPTED}"`)
  })

  it('shows the events of a message of the Email Service', async () => {
    const html = await (await someone.get('/')).text()
    const link = /href="(\/requests\/msg_[^"]+)"/.exec(html)?.[1] ?? ''
    const page = await someone.get(link)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('cloudflare-email')
  })

  it.each([
    ['an unknown id', 'req_000000000000000000000009', 404],
    ['an unknown message of a queue', `msg_${'0'.repeat(32)}`, 404],
    ['a malformed id', 'req_1', 400],
  ])('for %s says so', async (_what, id, status) => {
    expect((await someone.get(`/requests/${id}`)).status).toBe(status)
  })
})
