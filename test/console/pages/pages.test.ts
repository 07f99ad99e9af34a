import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ConsoleEnv } from '../../../src/console/env.ts'
import { storeDeadLetter, listDeadLetters } from '../../../src/store/dead-letters.ts'
import { listQuarantine } from '../../../src/store/quarantine.ts'
import { findSuppression } from '../../../src/store/suppressions.ts'
import { toBase64, utf8 } from '../../../src/platform/bytes.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { NOON_MS, contentsOf, deliveryFacts, mailEvent } from '../../support/mail-events.ts'
import { putIntoQuarantine } from '../../support/quarantine.ts'
import { inlineEnvelope } from '../../support/queue.ts'
import { decision } from '../../support/decision.ts'
import { emptyStore } from '../../support/store.ts'
import { newConsole, store, registryWith } from '../support.ts'
import { visitor } from './visitor.ts'

beforeEach(emptyStore)

/** An attack in every field that a sender can set. */
const HOSTILE = `<script>alert(1)</script>"><img src=x onerror=alert(2)>\u202E\u001B[31m\u0000</td>`

async function letter(key: string): Promise<string> {
  const envelope = await inlineEnvelope(
    contentsOf([await mailEvent({ type: 'email.sent', atMs: NOON_MS })]),
    key,
  )
  await storeDeadLetter(store, { messageId: 'q', envelope, reason: 'store_failed', attempts: 12 }, NOON_MS)
  return key.replace('/', '.')
}

async function quarantined(body: string): Promise<string> {
  await putIntoQuarantine(
    store,
    {
      problem: 'item_unreadable',
      content_type: HOSTILE,
      query: '',
      headers: {},
      body: toBase64(utf8(body)),
      item: true,
    },
    deliveryFacts({ provider: 'sendgrid', methods: [HOSTILE] }),
  )
  return (await listQuarantine(store, { limit: 1 })).quarantine[0]?.id ?? ''
}

describe('every page', () => {
  it.each(['/', '/login', '/suppressions/new', '/nothing', '/style.css', '/icon.svg'])(
    '%s is protected by its headers',
    async (path) => {
      const someone = visitor(newConsole())
      if (path !== '/login') await someone.enter()
      const { headers } = await someone.get(path)
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      )
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('referrer-policy')).toBe('same-origin')
      expect(headers.get('strict-transport-security')).toBe('max-age=63072000')
      expect(headers.get('x-request-id')).toMatch(/^req_/)
    },
  )

  it('links to the style sheet, which a browser caches forever', async () => {
    const someone = visitor(newConsole())
    const html = await (await someone.get('/login')).text()
    const address = /<link rel="stylesheet" href="([^"]+)"/.exec(html)?.[1] ?? ''
    expect(address).toMatch(/^\/style\.css\?v=\w+$/)
    const sheet = await someone.get(address)
    expect(sheet.headers.get('content-type')).toBe('text/css; charset=utf-8')
    expect(sheet.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    // One rule of each file.
    expect(await sheet.text()).toMatch(
      /--paper:.*^body \{.*^main \{.*^table \{.*^button \{.*^\.operation \{/ms,
    )
  })

  it.each(['/', '/login', '/suppressions/new', '/nothing'])('%s is never cached', async (path) => {
    const someone = visitor(newConsole())
    if (path !== '/login') await someone.enter()
    expect((await someone.get(path)).headers.get('cache-control')).toBe('no-store')
  })

  it.each(['/', '/login', '/suppressions/new', '/nothing'])(
    '%s has no script and no inline style',
    async (path) => {
      const someone = visitor(newConsole())
      if (path !== '/login') await someone.enter()
      const html = await (await someone.get(path)).text()
      expect(html).not.toMatch(/<script|<style|\sstyle=|\son\w+=|javascript:/i)
      expect(html).toMatch(/^<!doctype html><html lang="en">/)
    },
  )
})

describe('text from a sender', () => {
  it('is shown as text everywhere', async () => {
    const here = newConsole()
    await consumeEvents(consumerDeps(store), [
      await mailEvent({
        type: 'email.bounced',
        atMs: NOON_MS,
        bounce_type: 'hard',
        recipient: `${HOSTILE}@example.com`,
        message_id: HOSTILE,
        reason: HOSTILE,
        native_type: HOSTILE,
      }),
    ])
    await here.api('POST', '/api/suppressions', { address: 'x@example.com', note: HOSTILE })
    await env.WATCH.getByName('watch').report({
      counts: [],
      latest: [
        {
          requestId: HOSTILE,
          atMs: here.clock.nowMs,
          source: HOSTILE,
          provider: null,
          code: 'header_missing',
          status: 401,
          detail: { header: HOSTILE },
          decision: decision({ alerts: [HOSTILE] }),
          network: HOSTILE,
        },
      ],
    })
    const id = await quarantined(`{"text": "${HOSTILE}"}`)
    const someone = visitor(here)
    await someone.enter()
    for (const path of ['/', `/quarantine/${id}`]) {
      const html = await (await someone.get(path)).text()
      expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
      expect(html).toContain('U+202E')
      expect(html).toContain('U+001B')
      expect(html).not.toMatch(/<script|<img src=x/i)
      // Hidden fields return values unchanged, so only the visible text is checked.
      const shown = html.replaceAll(/<input type="hidden"[^>]*>/g, '')
      // oxlint-disable-next-line no-control-regex -- these characters must not appear
      expect(shown).not.toMatch(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u202A-\u202E]/)
    }
  })

  it('is never shown in a notice', async () => {
    const someone = visitor(newConsole())
    await someone.enter()
    for (const query of [
      `notice=${encodeURIComponent(HOSTILE)}`,
      'notice=constructor',
      'notice=redriven&count=1e9',
      'notice=redriven&count=-1',
    ]) {
      const html = await (await someone.get(`/?${query}`)).text()
      expect(html).not.toContain('class="notice')
    }
    expect(await (await someone.get('/?notice=redriven&count=2')).text()).toContain('2 dead letters put back')
  })
})

describe('the dashboard', () => {
  it('shows sources with their URL and their last delivery', async () => {
    const here = newConsole()
    await here.api('PUT', '/api/sources/shop', {
      provider: 'generic',
      secrets: { hmac: 'a-shared-secret-of-the-tests' },
    })
    await consumeEvents(consumerDeps(store), [
      await mailEvent({ type: 'email.delivered', atMs: here.clock.nowMs - 5_000 }),
    ])
    const someone = visitor(here)
    await someone.enter()
    const html = await (await someone.get('/')).text()
    expect(html).toContain('https://gate.example/hooks/shop')
    expect(html).toContain('5 s ago')
    expect(html).toContain('ada@example.com')
    expect(html).not.toContain('a-shared-secret-of-the-tests')
    await here.api('DELETE', '/api/sources/shop')
  })

  it('reloads itself until the reader pauses it, and remembers that', async () => {
    const someone = visitor(newConsole())
    await someone.enter()
    const refresh = /<meta http-equiv="refresh" content="([^"]*)"/
    expect(refresh.exec(await (await someone.get('/')).text())?.[1]).toBe('5')
    expect(await (await someone.get('/?live=0')).text()).not.toMatch(refresh)
    expect(await (await someone.get('/')).text()).not.toMatch(refresh)
    expect(await (await someone.get('/?live=1')).text()).toMatch(refresh)
    expect(await (await someone.get('/')).text()).toMatch(refresh)
    const afterNotice = await (await someone.get('/?notice=lifted')).text()
    expect(refresh.exec(afterNotice)?.[1]).toBe('20; url=/#suppressions')
  })

  it('shows the other parts if one does not answer, and logs which', async () => {
    const broken = () => Promise.reject(new Error('down'))
    const changes: Partial<ConsoleEnv> = {
      WATCH: {
        getByName: (name) => Object.assign(env.WATCH.getByName(name), { latest: broken, totals: broken }),
      },
      REGISTRY: registryWith({ list: broken }),
    }
    const here = newConsole(changes)
    const someone = visitor(here)
    await someone.enter()
    const response = await someone.get('/')
    expect(response.status).toBe(200)
    const html = await response.text()
    expect(html).toContain('The watch did not answer.')
    expect(html).toContain('The registry did not answer.')
    expect(html).toContain('No event yet.')
    expect(here.logged).toContainEqual(
      expect.objectContaining({ event: 'dependency_unavailable', message: 'registry' }),
    )
  })
})

describe('forms', () => {
  it('redrive one dead letter, and all', async () => {
    const here = newConsole()
    const someone = visitor(here)
    const form_token = await someone.enter()
    const [id] = [await letter('req_1/0'), await letter('req_2/0'), await letter('req_3/0')]
    const one = await someone.post('/dead-letters/redrive', { form_token, id: id ?? '' })
    expect(one.headers.get('location')).toBe('/?notice=redriven&count=1#dead-letters')
    const again = await someone.post('/dead-letters/redrive', { form_token, id: id ?? '' })
    expect(again.headers.get('location')).toBe('/?notice=dead_letter_unknown#dead-letters')
    const all = await someone.post('/dead-letters/redrive-all', { form_token })
    expect(all.headers.get('location')).toBe('/?notice=redriven&count=2#dead-letters')
    expect(here.queue.envelopes.map(({ key }) => key).sort()).toEqual(['req_1/0', 'req_2/0', 'req_3/0'])
  })

  it('say that the queue refused it', async () => {
    const here = newConsole()
    here.queue.refusing = true
    const someone = visitor(here)
    const form_token = await someone.enter()
    await letter('req_1/0')
    const response = await someone.post('/dead-letters/redrive-all', { form_token })
    expect(response.headers.get('location')).toBe('/?notice=redrive_failed&count=1#dead-letters')
  })

  it('delete what cannot be redriven', async () => {
    const someone = visitor(newConsole())
    const form_token = await someone.enter()
    await storeDeadLetter(
      store,
      { messageId: 'q', envelope: undefined, reason: 'envelope_malformed', attempts: 1 },
      NOON_MS,
    )
    expect(await (await someone.get('/')).text()).toContain('Throw away')
    const response = await someone.post('/dead-letters/remove', { form_token, id: 'msg_q' })
    expect(response.headers.get('location')).toBe('/?notice=dead_letter_removed#dead-letters')
    expect((await listDeadLetters(store, { limit: 1 })).dead_letters).toEqual([])
  })

  it('suppress an address and lift it again', async () => {
    const someone = visitor(newConsole())
    const form_token = await someone.enter()
    const added = await someone.post('/suppressions/add', {
      form_token,
      address: ' Ada@Example.com ',
      note: 'asked',
    })
    expect(added.headers.get('location')).toBe('/?notice=suppressed#suppressions')
    expect(await findSuppression(store, 'ada@example.com')).toMatchObject({
      reasons: [{ reason: 'manual', note: 'asked' }],
    })
    const lifted = await someone.post('/suppressions/remove', { form_token, address: 'ada@example.com' })
    expect(lifted.headers.get('location')).toBe('/?notice=lifted#suppressions')
    expect(await findSuppression(store, 'ada@example.com')).toBeUndefined()
  })

  it('keep the typed text if it is not an address', async () => {
    const someone = visitor(newConsole())
    const form_token = await someone.enter()
    const response = await someone.post('/suppressions/add', { form_token, address: '"><b>', note: 'why' })
    expect(response.status).toBe(422)
    const html = await response.text()
    expect(html).toContain('That is not an address')
    expect(html).toContain('value="&quot;&gt;&lt;b&gt;"')
    expect(html).toContain('value="why"')
  })

  it('replay a quarantined item, or delete it', async () => {
    const here = newConsole()
    const someone = visitor(here)
    const form_token = await someone.enter()
    const event = {
      event: 'delivered',
      email: 'ada@example.com',
      timestamp: 1_780_000_000,
      sg_message_id: 'm-1',
    }
    const id = await quarantined(JSON.stringify(event))
    const replayed = await someone.post('/quarantine/replay', { form_token, id })
    expect(replayed.headers.get('location')).toBe('/?notice=replayed&count=1#quarantine')
    expect(await here.queue.eventIds()).toHaveLength(1)

    const nonsense = await quarantined('{"nothing": "known"}')
    const kept = await someone.post('/quarantine/replay', { form_token, id: nonsense })
    expect(kept.headers.get('location')).toBe('/?notice=still_not_understood#quarantine')
    expect((await someone.get(`/quarantine/${nonsense}`)).status).toBe(200)
    const removed = await someone.post('/quarantine/remove', { form_token, id: nonsense })
    expect(removed.headers.get('location')).toBe('/?notice=quarantine_removed#quarantine')
    expect((await someone.get(`/quarantine/${nonsense}`)).status).toBe(404)
  })
})
