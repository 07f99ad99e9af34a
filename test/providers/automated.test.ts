/** Whether a machine did it: the ESP's word first, then the signs of the event. */
import { expect, it } from 'vitest'
import { ahasend } from '../../src/providers/ahasend.ts'
import { brevo } from '../../src/providers/brevo.ts'
import { mailgun } from '../../src/providers/mailgun.ts'
import { postmark } from '../../src/providers/postmark.ts'
import { sendgrid } from '../../src/providers/sendgrid.ts'
import type { Provider } from '../../src/providers/shared/provider.ts'
import { eventsOf } from '../../src/providers/shared/understand.ts'
import { FACTS } from './judge.ts'
import { bodyOf } from './natives.ts'

const TO = 'ada@example.com'
const SCANNER = 'python-requests/2.32.3'

const ofMailgun = (bot: string | null | undefined, agent: string) => ({
  'event-data': { event: 'clicked', id: 'e', recipient: TO, 'client-info': { bot, 'user-agent': agent } },
})
const ofAhasend = (is_bot: boolean, user_agent: string) => ({
  type: 'message.clicked',
  timestamp: '2026-11-25T12:00:00Z',
  data: { recipient: TO, is_bot, user_agent },
})
const ofSendgrid = (sg_machine_open: boolean, useragent: string) => ({
  event: 'open',
  email: TO,
  sg_machine_open,
  useragent,
})

const ROWS: readonly (readonly [Provider, item: object, automated: boolean | null, by: string | null])[] = [
  [mailgun, ofMailgun('apple', 'Mozilla/5.0 (X11)'), true, 'esp'],
  [mailgun, ofMailgun(null, SCANNER), false, 'esp'],
  [mailgun, ofMailgun(undefined, SCANNER), true, 'agent'],
  [mailgun, ofMailgun(undefined, 'Mozilla/5.0 (X11)'), null, null],
  [ahasend, ofAhasend(false, SCANNER), false, 'esp'],
  [ahasend, ofAhasend(true, 'Mozilla/5.0 (X11)'), true, 'esp'],
  [sendgrid, ofSendgrid(true, 'Mozilla/5.0 (X11)'), true, 'esp'],
  [sendgrid, ofSendgrid(false, 'Mozilla/5.0 (X11)'), null, null],
  [sendgrid, ofSendgrid(false, 'Mozilla/5.0'), true, 'agent'],
  [brevo, { event: 'proxy_open', email: TO }, true, 'event_name'],
  [brevo, { event: 'opened', email: TO }, null, null],
  [
    postmark,
    { RecordType: 'Click', Recipient: TO, UserAgent: 'Mozilla/5.0 (X11)', Geo: { IP: '40.93.1.2' } },
    true,
    'network',
  ],
  [postmark, { RecordType: 'Click', Recipient: TO, UserAgent: 'Mozilla/5.0 (X11)' }, null, null],
]

it.each(ROWS.map((row) => [row[0].name, ...row] as const))(
  '%s: an event has its sign',
  async (_name, provider, item, automated, automated_by) => {
    const [event] = (await eventsOf(provider, item, bodyOf(''), FACTS(provider.name))) ?? []
    expect(event).toMatchObject({ automated, automated_by })
  },
)
