import { describe, expect, it } from 'vitest'
import { announceSpamReport } from '../../../src/consumer/handlers/announce-spam-report.ts'
import { EVENT_TYPES } from '../../../src/event/mail-event.ts'
import { NOON_MS, mailEvent } from '../../support/mail-events.ts'

const report = () =>
  mailEvent({
    type: 'email.spam_reported',
    atMs: NOON_MS,
    reason: 'abuse by ada@example.com',
    client_ip: '192.0.2.1',
    metadata: { name: 'Ada' },
  })

async function announce(alertUrl: string, answer: () => Response) {
  const calls: { readonly url: string; readonly init: RequestInit | undefined }[] = []
  const event = await report()
  const outcome = announceSpamReport.run(event, {
    fetch: async (url, init) => {
      calls.push({ url: url instanceof Request ? url.url : String(url), init })
      return answer()
    },
    vars: (name) => (name === 'ALERT_URL' ? alertUrl : undefined),
    idempotencyKey: event.id,
    signal: new AbortController().signal,
  })
  return { calls, event, outcome }
}

const ok = () => new Response(null, { status: 204 })

describe('announce-spam-report', () => {
  it('applies only to spam reports, and to nothing while ALERT_URL is not set', async () => {
    const applied = async (url: string | undefined) => {
      const events = await Promise.all(EVENT_TYPES.map((type) => mailEvent({ type })))
      return events.filter((event) => announceSpamReport.appliesTo(event, () => url)).map(({ type }) => type)
    }
    expect(await applied('https://alerts.example/')).toEqual(['email.spam_reported'])
    expect(await applied(undefined)).toEqual([])
    expect(await applied(' ')).toEqual([])
  })

  it('posts the event with its id as idempotency key, and without any address', async () => {
    const { calls, event, outcome } = await announce('https://alerts.example/x?y=1', ok)
    await outcome
    expect(calls).toHaveLength(1)
    const [call] = calls
    expect(call?.url).toBe('https://alerts.example/x?y=1')
    expect(call?.init).toMatchObject({ method: 'POST', redirect: 'manual' })
    expect(call?.init?.signal).toBeInstanceOf(AbortSignal)
    expect(new Headers(call?.init?.headers).get('webhook-id')).toBe(event.id)
    expect(await new Response(call?.init?.body ?? null).json()).toEqual({
      type: 'email.spam_reported',
      event_id: event.id,
      source: 'shop',
      message_id: 'm-1',
      occurred_at: event.occurred_at,
    })
  })

  it.each([
    ['https://alerts.example', true],
    ['http://localhost:9000/x', true],
    ['http://127.0.0.1/', true],
    ['http://[::1]:8080/', true],
    ['http://alerts.example/', false],
    ['http://localhost.example/', false],
    ['http://127.0.0.1.example/', false],
    ['ftp://localhost/', false],
    ['javascript:alert(1)', false],
    ['alerts.example', false],
  ])('calls %s: %s', async (url, called) => {
    const { calls, outcome } = await announce(url, ok)
    await (called ? outcome : expect(outcome).rejects.toThrow('ALERT_URL must be'))
    expect(calls).toHaveLength(called ? 1 : 0)
  })

  it.each([301, 302, 307, 400, 404, 429, 500])(
    'fails on an answer with status %i, and follows nothing',
    async (status) => {
      const { calls, outcome } = await announce(
        'https://alerts.example/',
        () =>
          new Response('ada@example.com', { status, headers: { location: 'https://elsewhere.example/' } }),
      )
      await expect(outcome).rejects.toThrow(new RegExp(`^the alert was answered with ${status}$`))
      expect(calls).toHaveLength(1)
    },
  )
})
