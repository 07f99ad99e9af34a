/** Behavior of single drivers, besides the suite of all. */
import { describe, expect, it } from 'vitest'
import { brevo } from '../../src/drivers/brevo.ts'
import { customerio } from '../../src/drivers/customerio.ts'
import type {
  Account,
  ApiRequest,
  Conversation,
  Driver,
  Page,
  SeenWebhook,
} from '../../src/drivers/driver.ts'
import { mailchimpMarketing } from '../../src/drivers/mailchimp-marketing.ts'
import { mailgun } from '../../src/drivers/mailgun.ts'
import { mailjet } from '../../src/drivers/mailjet.ts'
import { mandrill } from '../../src/drivers/mandrill.ts'
import { postmark } from '../../src/drivers/postmark.ts'
import { resend } from '../../src/drivers/resend.ts'
import { sendgrid } from '../../src/drivers/sendgrid.ts'
import { ses } from '../../src/drivers/ses.ts'
import { sparkpost } from '../../src/drivers/sparkpost.ts'
import type { Json } from '../../src/platform/json.ts'
import { converse } from './converse.ts'
import { bodyOf } from './fakes/fake.ts'
import { ses as sesFake } from './fakes/ses.ts'

const DAY_MS = 86_400_000
const NOW_MS = Date.UTC(2026, 11, 1, 12)
const ACCOUNT: Account = {
  key: 'a-key-us6',
  settings: { list: 'l1' },
  url: 'https://hooks:a-password@gate.example/hooks/a',
  nowMs: NOW_MS,
}
const OURS: SeenWebhook = {
  id: '7',
  url: 'https://gate.example/hooks/a',
  enabled: true,
  types: ['relayed'],
  signed: null,
  lastError: null,
  counts: null,
}

/** The result, with the requests that led to it. Answers are by the method and the path. */
async function asked<Result>(
  driver: Driver,
  conversation: Conversation<Result> | undefined,
  answer: (request: ApiRequest, path: string) => Json,
  account = ACCOUNT,
) {
  if (conversation === undefined) throw new Error('nothing to ask')
  const talked = await converse(driver, account, conversation, (request) => {
    const { pathname, search } = new URL(request.url)
    return Response.json(answer(request, `${request.method} ${pathname}${search}`))
  })
  if (!talked.ok) throw new Error(talked.code)
  return { result: talked.result, requests: talked.requests }
}

describe('mending', () => {
  const SECRET = { signing_secret: 'whsec_a', auth_key: 'key-a' }
  it.each([
    ['a new one of Resend', resend, null, { signing_secret: 'whsec_a' }],
    ['ours at Resend', resend, OURS, undefined],
    ['a new one of Mandrill', mandrill, null, { webhook_key: 'key-a' }],
    ['ours at Mandrill', mandrill, OURS, undefined],
    ['a new one of Mailchimp', mailchimpMarketing, null, { signing_secret: 'whsec_a' }],
    ['ours at Mailchimp', mailchimpMarketing, OURS, undefined],
    ['a new one of Brevo', brevo, null, undefined],
  ])('%s gives the secret that nobody here has', async (_what, driver, seen, secrets) => {
    const { result } = await asked(driver, driver.webhook?.mend?.(ACCOUNT, seen), () => SECRET)
    expect(result.secrets).toEqual(secrets)
  })

  it.each(
    [brevo, customerio, mailchimpMarketing, mandrill, resend, sparkpost].map(
      (driver) => [driver.provider, driver] as const,
    ),
  )('keeps a type that somebody chose at %s', async (_name, driver) => {
    const { requests } = await asked(driver, driver.webhook?.mend?.(ACCOUNT, OURS), () => ({}))
    const { events } = bodyOf(requests.findLast(({ body }) => body !== undefined) as ApiRequest)
    expect(JSON.stringify(events)).toContain('"relayed"')
  })

  it.each([
    ['chose', ['account_status_change'], true],
    ['did not choose', [], undefined],
  ])('leaves at SendGrid a flag that somebody %s', async (_what, types, isOn) => {
    const mend = sendgrid.webhook?.mend?.(ACCOUNT, { ...OURS, types })
    const { requests } = await asked(sendgrid, mend, () => ({ public_key: 'a-key' }))
    const { delivered, account_status_change } = bodyOf(requests[0] as ApiRequest)
    expect([delivered, account_status_change]).toEqual([true, isOn])
  })

  it('leaves at Customer.io what somebody else chose', async () => {
    const chosen = { name: 'mine', full_resolution: false, with_content: true }
    const { requests } = await asked(customerio, customerio.webhook?.mend?.(ACCOUNT, OURS), () => chosen)
    expect(bodyOf(requests[1] as ApiRequest)).toMatchObject({ ...chosen, disabled: false })
  })
})

describe('Brevo', () => {
  it('gives a year in spans that Brevo takes, each event once', async () => {
    const span = { sinceMs: NOW_MS - 365 * DAY_MS, untilMs: NOW_MS }
    const times = [span.sinceMs - 1, span.sinceMs, NOW_MS - 200 * DAY_MS, NOW_MS - 1, NOW_MS]
    const found: (Json | undefined)[] = []
    let pages = 0
    for (let cursor: string | null = ''; cursor !== null; pages++) {
      const page: Conversation<Page<Json>> | undefined = brevo.past?.page(
        ACCOUNT,
        span,
        cursor === '' ? null : cursor,
      )
      const { result }: { result: Page<Json> } = await asked(brevo, page, ({ url }) => {
        const at = (name: string) => Date.parse(new URL(url).searchParams.get(name) ?? '')
        expect(at('endDate') - at('startDate')).toBeLessThan(90 * DAY_MS)
        const own = times.filter((ms) => ms >= at('startDate') && ms < at('endDate') + DAY_MS)
        return { events: own.map((ms) => ({ event: 'delivered', date: new Date(ms).toISOString() })) }
      })
      found.push(...result.items)
      cursor = result.next
    }
    expect(found.map((item) => (item as { ts_epoch: number }).ts_epoch)).toEqual(times.slice(1, 4))
    expect(pages).toBe(5)
  })
})

describe('Resend', () => {
  const span = { sinceMs: NOW_MS - DAY_MS, untilMs: NOW_MS }
  it.each([
    [
      'that delivers here',
      'https://gate.example/hooks/a',
      ['GET /webhooks?limit=100', 'GET /webhooks/w1/events?limit=100'],
    ],
    ['of somebody else is left alone', 'https://elsewhere.example/', ['GET /webhooks?limit=100']],
  ])('finds the webhook %s', async (_what, endpoint, expected) => {
    const paths: string[] = []
    const { result } = await asked(resend, resend.past?.page(ACCOUNT, span, null), (_request, path) => {
      paths.push(path)
      return { data: path.includes('/events') ? [] : [{ id: 'w1', endpoint }] }
    })
    expect(paths).toEqual(expected)
    expect(result).toEqual({ items: [], next: null })
  })
})

describe('SendGrid', () => {
  it('lists the entries of all groups by one call, each with its time', async () => {
    const { result, requests } = await asked(
      sendgrid,
      sendgrid.suppressions?.list(ACCOUNT, 'groups 0'),
      () => [
        { email: 'a@example.com', group_id: 7, group_name: 'News', created_at: 1_410_986_704 },
        { email: 'b@example.com', group_id: 12, group_name: 'Offers' },
      ],
    )
    const common = { reason: 'unsubscribe' }
    expect(result).toEqual({
      items: [
        { ...common, address: 'a@example.com', scope: 'group:7', atMs: 1_410_986_704_000 },
        { ...common, address: 'b@example.com', scope: 'group:12', atMs: null },
      ],
      next: null,
    })
    expect(requests.map(({ url }) => url)).toEqual(['https://api.sendgrid.com/v3/asm/suppressions'])
  })

  it('adds nobody for a group that is gone, whom it would put on its global list', async () => {
    const entries = ['group:7', 'group:8'].map((scope) => ({
      address: `${scope.at(-1)}@example.com`,
      reason: 'unsubscribe' as const,
      scope,
      atMs: null,
    }))
    const add = sendgrid.suppressions?.add?.(ACCOUNT, entries)
    if (add === undefined) throw new Error('nothing to ask')
    const { ok, requests } = await converse(sendgrid, ACCOUNT, add, ({ url }) =>
      Response.json({}, { status: url.endsWith('/7') ? 404 : 200 }),
    )
    expect(ok).toBe(true)
    expect(requests.filter(({ method }) => method === 'POST').map(({ url }) => url)).toEqual([
      'https://api.sendgrid.com/v3/asm/groups/8/suppressions',
    ])
  })

  it.each([
    [
      'only rights that Postern uses',
      ['user.webhooks.event.settings.update', 'suppression.delete', 'asm.groups.read'],
      [],
    ],
    [
      'rights to read, and those of every key',
      ['api_keys.read', '2fa_required', 'sender_verification_eligible'],
      [],
    ],
    ['rights to send and to change', ['api_keys.create', 'mail.send', 7], ['mail.send', 'api_keys.create']],
  ])('a key with %s', async (_what, scopes, surplus) => {
    const { result, requests } = await asked(sendgrid, sendgrid.surplus?.(ACCOUNT), () => ({ scopes }))
    expect(result).toEqual(surplus)
    expect(requests.map(({ url }) => url)).toEqual(['https://api.sendgrid.com/v3/scopes'])
  })
})

it('Resend: shows of a failed attempt the status alone', async () => {
  const words = '401 at https://hooks:a-password@gate.example/ for ada@example.com'
  const { result } = await asked(resend, resend.webhook?.details?.(ACCOUNT, OURS), ({ url }) => ({
    data: [url.includes('/attempts') ? { http_status_code: words } : { id: 'msg_1', status: 'failed' }],
  }))
  expect(result.lastError).toBe('HTTP 401')
})

describe('SparkPost', () => {
  it.each<[string, Json, boolean]>([
    ['nothing', {}, false],
    ['no header', { auth_type: 'none', custom_headers: {} }, false],
    ['Basic credentials', { auth_type: 'basic' }, true],
    ['a header of its own', { auth_type: 'none', custom_headers: { 'x-secret': 'a-secret' } }, true],
  ])('takes a webhook with %s for signed or not', async (_name, fields, signed) => {
    const { result } = await asked(sparkpost, sparkpost.webhook?.seen(ACCOUNT), () => ({
      results: [{ id: '7', target: OURS.url, ...(fields as object) }],
    }))
    expect(result).toMatchObject([{ signed }])
  })

  it.each([
    ['hard_bounce', ['transactional', 'non_transactional']],
    ['spam_report', ['transactional', 'non_transactional']],
    ['unsubscribe', ['non_transactional']],
  ] as const)('puts %s on %j', async (reason, lists) => {
    const entry = { address: 'ada@example.com', reason, scope: null, atMs: null }
    const { requests } = await asked(sparkpost, sparkpost.suppressions?.add?.(ACCOUNT, [entry]), () => ({}))
    const { recipients } = bodyOf(requests[0] as ApiRequest)
    expect(recipients).toEqual(lists.map((type) => ({ recipient: entry.address, type })))
  })

  it('counts no batches, since those that were taken at once are not listed', async () => {
    const results = [
      { response_code: '200', attempts: 7 },
      { response_code: '503', attempts: 2 },
      { attempts: 1 },
    ]
    const details = sparkpost.webhook?.details?.(ACCOUNT, OURS)
    const { result } = await asked(sparkpost, details, () => ({ results }))
    expect(result).toEqual({ ...OURS, counts: null, lastError: 'HTTP 503' })
  })

  it('shows of a failed batch the status alone', async () => {
    const results = [{ response_code: '401 at https://hooks:a-password@gate.example/ for ada@example.com' }]
    const { result } = await asked(sparkpost, sparkpost.webhook?.details?.(ACCOUNT, OURS), () => ({
      results,
    }))
    expect(result.lastError).toBe('HTTP 401')
  })

  it('takes what is of one list for that list alone, and nothing of a subaccount', async () => {
    const { result } = await asked(sparkpost, sparkpost.suppressions?.list(ACCOUNT, null), () => ({
      results: [
        {
          recipient: 'a@example.com',
          type: 'non_transactional',
          source: 'List Unsubscribe',
          list_id: 'news',
        },
        { recipient: 'b@example.com', type: 'transactional', source: 'Bounce Rule', list_id: 'news' },
        { recipient: 'c@example.com', type: 'transactional', source: 'Bounce Rule', subaccount_id: 146 },
      ],
    }))
    expect(result.items).toEqual([
      { address: 'a@example.com', reason: 'unsubscribe', scope: 'list:news', atMs: null },
      { address: 'b@example.com', reason: 'hard_bounce', scope: null, atMs: null },
    ])
  })

  const entry = { address: 'ada@example.com', reason: 'manual', scope: null, atMs: null } as const
  const found = (message: string) => (request: ApiRequest) =>
    request.method === 'GET'
      ? Response.json({ results: FOUND })
      : Response.json({ errors: [{ message }] }, { status: 403 })
  const FOUND = [
    { recipient: 'ada@example.com', type: 'transactional', source: 'Manually Added' },
    { recipient: 'ada@example.com', type: 'non_transactional', source: 'Manually Added' },
    { recipient: 'ada@example.com', type: 'non_transactional', source: 'Spam Complaint' },
    { recipient: 'ada@example.com', type: 'non_transactional', source: 'Manually Added', list_id: 'news' },
    { recipient: 'ada@example.com', type: 'transactional', source: 'Manually Added', subaccount_id: 146 },
  ]

  it.each([
    ['for all mail', null, [{ type: 'transactional' }, { type: 'non_transactional' }]],
    ['of a list', 'list:news', [{ type: 'non_transactional', list_id: 'news' }]],
    ['that is not there', 'list:other', []],
  ])('removes an entry %s, and no other of the address', async (_what, scope, expected) => {
    const removal = sparkpost.suppressions?.remove?.(ACCOUNT, [{ ...entry, scope }])
    const { requests } = await asked(sparkpost, removal, () => ({ results: FOUND }))
    expect(requests.filter(({ method }) => method === 'DELETE').map(bodyOf)).toEqual(expected)
  })

  it('adds an entry of a list to that list, and none of a scope of another kind', async () => {
    const entries = ['list:news', 'tag:news'].map((scope) => ({
      ...entry,
      reason: 'unsubscribe' as const,
      scope,
    }))
    const { requests } = await asked(sparkpost, sparkpost.suppressions?.add?.(ACCOUNT, entries), () => ({}))
    expect(requests.map((request) => bodyOf(request)['recipients'])).toEqual([
      [{ recipient: 'ada@example.com', type: 'non_transactional', list_id: 'news' }],
    ])
  })

  it.each([
    ['Recipient could not be removed - Compliance', true],
    ['Forbidden', false],
  ])('takes the refusal %j for done: %j', async (message, ok) => {
    const removal = sparkpost.suppressions?.remove?.(ACCOUNT, [entry])
    expect(removal && (await converse(sparkpost, ACCOUNT, removal, found(message))).ok).toBe(ok)
  })
})

it('Mailgun: the old one is there until the new one is made', async () => {
  const urls = ['https://hooks:old@gate.example/hooks/a', 'https://another.example/']
  const account = { ...ACCOUNT, settings: { domain: 'mg.example.com' } }
  const { requests } = await asked(
    mailgun,
    mailgun.webhook?.mend?.(account, OURS),
    () => ({ webhooks: { delivered: { urls } } }),
    account,
  )
  expect(requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'DELETE'])
  expect(new URL(requests[2]?.url ?? '').searchParams.getAll('url')).toEqual([urls[0]])
})

describe('Mailjet', () => {
  it.each([
    ['all alive', ['alive', 'alive'], true],
    ['one dead', ['alive', 'dead'], false],
    ['another word', ['alive', 'resting'], null],
  ])('%s', async (_what, states, enabled) => {
    const rows = states.map((Status, i) => ({
      ID: i,
      EventType: `t${i}`,
      Url: ACCOUNT.url,
      IsBackup: false,
      Status,
    }))
    const backup = { ID: 9, EventType: 't9', Url: 'https://backup.example/', IsBackup: true, Status: 'dead' }
    const { result } = await asked(mailjet, mailjet.webhook?.seen(ACCOUNT), () => ({
      Data: [...rows, backup],
    }))
    expect(result).toEqual([{ ...OURS, id: null, enabled, types: ['t0', 't1'], signed: true }])
  })
})

describe('a block of one sender', () => {
  const sender = 'News@Shop.example'
  const listed = [
    [
      brevo,
      {
        contacts: ['unsubscribedViaEmail', 'adminBlocked', 'hardBounce', 'contactFlaggedAsSpam'].map(
          (code) => ({ email: 'a@example.com', senderEmail: sender, reason: { code } }),
        ),
      },
    ],
    [
      mandrill,
      ['unsub', 'custom', 'hard-bounce', 'spam'].map((reason) => ({
        email: 'a@example.com',
        sender: { address: sender },
        reason,
      })),
    ],
  ] as const

  it.each(listed)('holds for its mail alone, except bounces and complaints', async (driver, answer) => {
    const { result } = await asked(driver, driver.suppressions?.list(ACCOUNT, null), () => answer as Json)
    expect(result.items.map(({ reason, scope }) => [reason, scope])).toEqual([
      ['unsubscribe', 'sender:news@shop.example'],
      ['manual', 'sender:news@shop.example'],
      ['hard_bounce', null],
      ['spam_report', null],
    ])
  })

  it.each([brevo, mandrill])('is not removed by what removes all blocks', async (driver) => {
    const entry = {
      address: 'a@example.com',
      reason: 'manual',
      scope: 'sender:a@shop.example',
      atMs: null,
    } as const
    const { requests } = await asked(driver, driver.suppressions?.remove?.(ACCOUNT, [entry]), () => [])
    expect(requests).toEqual([])
  })
})

describe('Mandrill', () => {
  it('tells when an entry ends', async () => {
    const { result } = await asked(mandrill, mandrill.suppressions?.list(ACCOUNT, null), () => [
      { email: 'a@example.com', reason: 'hard-bounce', expires_at: '2026-12-30 10:00:00' },
    ])
    expect(result.items).toMatchObject([{ expiresAtMs: Date.UTC(2026, 11, 30, 10) }])
  })

  it('shows of an error the status alone', async () => {
    const last_error = 'POST https://hooks:a-password@gate.example/ for ada@example.com: 503'
    const { result } = await asked(mandrill, mandrill.webhook?.seen(ACCOUNT), () => [{ id: 7, last_error }])
    expect(result).toMatchObject([{ id: '7', lastError: 'HTTP 503' }])
  })

  it('lists no soft bounce, which ends by itself, and nothing of a subaccount', async () => {
    const { result } = await asked(mandrill, mandrill.suppressions?.list(ACCOUNT, null), () => [
      { email: 'a@example.com', reason: 'unsub', created_at: '2026-11-30 10:00:00', subaccount: null },
      { email: 'b@example.com', reason: 'soft-bounce' },
      { email: 'c@example.com', reason: 'spam', subaccount: 'shop' },
    ])
    const atMs = Date.UTC(2026, 10, 30, 10)
    expect(result.items).toEqual([{ address: 'a@example.com', reason: 'unsubscribe', scope: null, atMs }])
  })
})

it.each([
  ['0123456789abcdef-us21', 'us21'],
  ['0123456789abcdef', 'us1'],
  ['0123456789abcdef-us6.evil.example/', 'us1'],
])('Mailchimp: the key %s leads to %s', async (key, center) => {
  const seen = mailchimpMarketing.webhook?.seen({ ...ACCOUNT, key })
  const { requests } = await asked(mailchimpMarketing, seen, () => ({ webhooks: [] }))
  expect(new URL(requests[0]?.url ?? '').host).toBe(`${center}.api.mailchimp.com`)
})

describe('Mailjet', () => {
  it('sends the types alone that differ, and leaves types that it does not want to others', async () => {
    const callbacks = [
      { ID: 1, EventType: 'sent', Url: ACCOUNT.url, Status: 'alive' },
      { ID: 2, EventType: 'bounce', Url: 'https://another.example/', Status: 'alive' },
      { ID: 3, EventType: 'another', Url: 'https://another.example/', Status: 'alive' },
      ...['blocked', 'spam', 'unsub', 'open', 'click'].map((EventType, i) => ({
        ID: 10 + i,
        EventType,
        Url: ACCOUNT.url,
        Status: 'alive',
      })),
    ]
    const { requests } = await asked(mailjet, mailjet.webhook?.mend?.(ACCOUNT, OURS), () => ({
      Data: callbacks,
    }))
    expect(requests.slice(1).map(({ method, url }) => `${method} ${url}`)).toEqual([
      'PUT https://api.mailjet.com/v3/REST/eventcallbackurl/2',
    ])
  })
})

describe('what is right already', () => {
  it('keeps the options that somebody chose at Postmark', async () => {
    const seen = { ...OURS, types: ['Open', 'Click', 'Bounce'], faults: ['paused until verified: Bounce'] }
    const { requests } = await asked(postmark, postmark.webhook?.mend?.(ACCOUNT, seen), () => ({}))
    const { Triggers } = bodyOf(requests[0] as ApiRequest)
    expect(Triggers).toEqual({
      Delivery: { Enabled: true },
      Bounce: { Enabled: true },
      SpamComplaint: { Enabled: true, IncludeContent: false },
      SubscriptionChange: { Enabled: true },
    })
  })

  it.each([
    ['the sources of Mailchimp', mailchimpMarketing, 'sources'],
    ['the description of Mandrill', mandrill, 'description'],
  ])('keeps %s', async (_what, driver, field) => {
    const { requests } = await asked(driver, driver.webhook?.mend?.(ACCOUNT, OURS), () => ({}))
    expect(bodyOf(requests[0] as ApiRequest)).not.toHaveProperty(field)
  })
})

describe('SES', () => {
  const URL_HERE = 'https://gate.example/hooks/suite'
  const seenWith = async (Endpoint: string, SubscriptionArn = 'arn:aws:sns:eu-west-1:1:t:2') => {
    const esp = sesFake.open()
    esp.webhooks.push({ id: 'events', url: Endpoint, enabled: true, types: [], signed: true })
    const account = { ...ACCOUNT, key: sesFake.key, settings: sesFake.settings, url: URL_HERE }
    const answer = async (request: ApiRequest) =>
      new Response(
        (await esp.answer(request).text()).replace(/arn:aws:sns:[^<"]*:2bcfbf39[^<]*/, SubscriptionArn),
      )
    const talk = <Result>(conversation: Conversation<Result>) => converse(ses, account, conversation, answer)
    return { esp, account, talk, seen: await talk(ses.webhook!.seen(account)) }
  }

  it('tells where a topic delivers, so that another’s is not taken for ours', async () => {
    const { seen } = await seenWith('https://pager.example/')
    expect(seen).toMatchObject({ result: [{ url: 'https://pager.example/' }] })
  })

  it.each([[['OPEN', 'CLICK']], [[]]])(
    'keeps event types that change the mail as they are: %j',
    async (types) => {
      const { esp, account, talk, seen } = await seenWith(URL_HERE)
      esp.webhooks[0]!.types = types
      const [one] = seen.ok ? seen.result : []
      await talk(ses.webhook!.mend!(account, { ...one!, types }))
      expect(esp.webhooks[0]?.types.filter((type) => /OPEN|CLICK/.test(type))).toEqual(types)
      expect(esp.webhooks[0]?.types).toContain('BOUNCE')
    },
  )

  it('tells a subscription that is not confirmed as off', async () => {
    const { seen } = await seenWith(URL_HERE, 'PendingConfirmation')
    expect(seen).toMatchObject({
      result: [{ enabled: false, lastError: 'the subscription is not confirmed' }],
    })
  })

  it('tells a raw and filtered subscription as one that drops events', async () => {
    const { esp, account, talk, seen } = await seenWith(URL_HERE)
    esp.troubled = true
    const [one] = seen.ok ? seen.result : []
    const told = await talk(ses.webhook!.details!(account, one!))
    expect(told).toMatchObject({
      result: { faults: [/raw/, /filter/].map((words) => expect.stringMatching(words)) },
    })
  })
})

describe('Amazon SES', () => {
  const seenIn = async (region: string | undefined) => {
    const account = {
      ...ACCOUNT,
      key: 'AKIDEXAMPLE:a-secret',
      settings: { region, configurationSet: 'mail' },
    }
    return converse(ses, account, ses.webhook?.seen(account) as Conversation<unknown>, () =>
      Response.json({ EventDestinations: [] }),
    )
  }
  it.each([
    ['eu-west-1', 'email.eu-west-1.amazonaws.com'],
    ['us-gov-west-1', 'email.us-gov-west-1.amazonaws.com'],
    ['eusc-de-east-1', 'email.eusc-de-east-1.amazonaws.eu'],
  ])('has its own host in region %s', async (region, host) => {
    const { requests } = await seenIn(region)
    expect(requests.map(({ url }) => new URL(url).host)).toEqual([host])
  })
  it.each(['eu', 'eu-west', undefined])('is not asked in region %s, nor anywhere else', async (region) => {
    expect(await seenIn(region)).toMatchObject({ code: 'not_found', requests: [] })
  })
})
