/**
 * Mail, by Cloudflare's binding. It must not go through the ESP that is being watched. A recovery is a reply to the first mail.
 *
 * @see https://developers.cloudflare.com/email-service/api/send-emails/workers-api/
 */
import * as v from 'valibot'
import { setting } from '../../platform/settings.ts'
import { type Adapter, CHAT_GIVE_UP_SECONDS } from '../adapter.ts'
import type { Notice } from '../notice.ts'
import { type Digest, digestOf, headlineOf, mostDetailed, summaryOf } from '../text/describe.ts'
import { fitted } from '../text/fitted.ts'

/** Encoded for a header, no character takes more than six, and 998 are allowed. */
const SUBJECT_MAX_CHARACTERS = 150
const TEXT_MAX_CHARACTERS = 50_000
const RECIPIENTS_MAX = 10

/** The form of a name of a message (RFC 5322 section 3.6.4), as far as a header may repeat it. */
const MESSAGE_ID = /^<?[\x21-\x3b\x3d\x3f-\x7e]{1,250}>?$/

const address = v.pipe(
  v.string(),
  v.maxLength(254),
  v.regex(
    /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]$/,
    'Must be an address such as alerts@example.com.',
  ),
)

interface Settings {
  readonly from: string
  readonly to: string[]
}

export const mail: Adapter<Settings> = {
  label: 'Mail',
  entries: {
    from: setting(address, 'Sender', 'The sender: an address of a domain that Cloudflare sends for.'),
    to: setting(
      v.pipe(v.array(address), v.minLength(1), v.maxLength(RECIPIENTS_MAX)),
      'Recipients',
      'Who gets the mails. Addresses that are verified at Cloudflare cost nothing.',
    ),
  },
  secrets: {},
  keepsState: false,
  giveUpAfterSeconds: CHAT_GIVE_UP_SECONDS,
  answers: { isSuccess: () => false },
  compose: (notices, { settings: { from, to } }) => [
    {
      via: 'mail',
      notices,
      mail: {
        from,
        to,
        subject: subjectOf(notices),
        text: mostDetailed(
          (detail) => textOf(digestOf(notices, detail)),
          ({ length }) => length <= TEXT_MAX_CHARACTERS,
        ),
        headers: headersOf(notices),
      },
    },
  ],
}

/** A line break in it would begin another header: `fitted` leaves none. */
function subjectOf(notices: readonly Notice[]): string {
  const [first] = notices
  const headline = first === undefined ? '' : headlineOf(first, SUBJECT_MAX_CHARACTERS)
  const front = notices.length === 1 && first !== undefined ? subjectFront(first) : summaryOf(notices)
  return fitted(`[Postern] ${front}: ${headline}`, SUBJECT_MAX_CHARACTERS)
}

const subjectFront = ({ state, severity, incident }: Notice): string =>
  `${state === 'resolved' ? 'resolved' : severity} (incident ${incident})`

function headersOf(notices: readonly Notice[]): Record<string, string> {
  const ids = new Set(notices.flatMap(({ replyTo }) => (replyTo === null ? [] : [replyTo])))
  const [id = ''] = ids
  const isCritical = notices.some(({ state, severity }) => severity === 'critical' && state !== 'resolved')
  const name = id.startsWith('<') ? id : `<${id}>`
  return {
    // RFC 3834 section 5: an absence notice does not answer it.
    'Auto-Submitted': 'auto-generated',
    ...(isCritical ? { Importance: 'high' } : {}),
    ...(ids.size === 1 && MESSAGE_ID.test(id) ? { 'In-Reply-To': name, References: name } : {}),
  }
}

function textOf({ shown, note }: Digest): string {
  const parts = shown.map(({ title, headline, evidence, actions }) =>
    [
      headline,
      title,
      ...evidence.map((line) => `- ${line}`),
      ...actions.map(({ label, url }) => `${label}: ${url}`),
    ].join('\n'),
  )
  return `${[...parts, ...(note === null ? [] : [note])].join('\n\n')}\n`
}
