/** Differences between another project's reading of an event and ours. Each that stays has its reason. */
import type { Answer, ForeignEvent } from '../../../scripts/judges/judge.ts'
import type { MailEvent } from '../../../src/event/mail-event.ts'

const ANYMAIL = 'django-anymail'
const SYMFONY = "Symfony's mailer bridges"

/** Their words where they mean the same. Symfony has one for what the ESP did not try to deliver. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  queued: ['email.sent'],
  complained: ['email.spam_reported'],
  received: ['email.sent'],
  bounce: ['email.bounced'],
  dropped: ['email.rejected', 'email.failed'],
  open: ['email.opened'],
  click: ['email.clicked'],
  unsubscribe: ['email.unsubscribed'],
  spam: ['email.spam_reported'],
}

type Field = 'type' | 'recipient' | 'message_id' | 'second'

interface Explained {
  readonly by: string
  readonly provider: string
  readonly fields: readonly Field[]
  /** All kinds if absent. */
  readonly kinds?: readonly string[]
  readonly reason: string
}

const EXPLAINED: readonly Explained[] = [
  {
    by: ANYMAIL,
    provider: 'brevo',
    fields: ['type'],
    kinds: ['email.unsubscribed'],
    reason: "It knows `unsubscribe`; Brevo's page says `unsubscribed`. We read both.",
  },
  {
    by: ANYMAIL,
    provider: 'mailersend',
    fields: ['type', 'recipient', 'message_id', 'second'],
    reason: 'Version 13 reads version 1 of the payloads, which MailerSend stopped on 2026-12-01.',
  },
  {
    by: ANYMAIL,
    provider: 'mailgun',
    fields: ['type'],
    kinds: ['email.rejected'],
    reason: 'Mailgun fails an address on its list without sending. Anymail calls it bounced.',
  },
  {
    by: ANYMAIL,
    provider: 'mandrill',
    fields: ['type'],
    kinds: ['email.delivered'],
    reason: 'Version 13 has no `delivered`.',
  },
  {
    by: ANYMAIL,
    provider: 'postal',
    fields: ['type'],
    kinds: ['email.bounced'],
    reason: "It calls a hard failure failed. Postal's server bounces it.",
  },
  {
    by: ANYMAIL,
    provider: 'postal',
    fields: ['type'],
    kinds: ['email.opened'],
    reason: 'It has no `MessageLoaded`.',
  },
  {
    by: ANYMAIL,
    provider: 'resend',
    fields: ['type'],
    kinds: ['email.failed', 'email.rejected'],
    reason: 'Version 13 has neither `email.failed` nor `email.suppressed`.',
  },
  {
    by: ANYMAIL,
    provider: 'sendgrid',
    fields: ['message_id'],
    reason: 'It reads only the id that it gave the message itself, as a custom argument.',
  },
  {
    by: ANYMAIL,
    provider: 'sparkpost',
    fields: ['message_id'],
    reason: "It takes the transmission's id. We take the message's, and keep the other.",
  },
  {
    by: ANYMAIL,
    provider: 'unisender-go',
    fields: ['type'],
    kinds: ['email.bounced soft'],
    reason: 'It takes each soft bounce for a deferral. We do so only if Unisender says that it will retry.',
  },
  {
    by: SYMFONY,
    provider: 'mailgun',
    fields: ['message_id'],
    reason: "It takes the event's id.",
  },
  {
    by: SYMFONY,
    provider: 'postmark',
    fields: ['type'],
    kinds: ['email.deferred', 'email.rejected', 'email.autoresponded'],
    reason: 'It takes each bounce report for a bounce, whatever its type says.',
  },
  {
    by: SYMFONY,
    provider: 'postmark',
    fields: ['type'],
    kinds: ['email.subscribed'],
    reason: 'It takes each change of subscription for an unsubscribe.',
  },
]

interface Found {
  readonly kind: string
  readonly ours: MailEvent | undefined
  readonly answer: Answer | undefined
}

/** The differences that nobody explained, and the explanations of what no longer differs. */
export function differences(by: string, provider: string, found: readonly Found[]): string[] {
  const explanations = EXPLAINED.filter((one) => one.by === by && one.provider === provider)
  const seen = found.flatMap(({ kind, ours, answer }) =>
    fieldsOf(ours, answer).map((difference) => ({ kind, ...difference })),
  )
  const explains = ({ fields, kinds }: Explained, difference: { kind: string; field: Field }) =>
    fields.includes(difference.field) && (kinds?.includes(difference.kind) ?? true)
  const idle = explanations
    .flatMap((one) => (one.kinds ?? ['all kinds']).map((kind) => ({ kind, one })))
    .filter(
      ({ kind, one }) =>
        !seen.some((found) => explains(one, found) && (one.kinds === undefined || found.kind === kind)),
    )
  return [
    ...seen
      .filter((difference) => !explanations.some((one) => explains(one, difference)))
      .map(({ kind, field, says }) => `${kind}: ${field} ${says}`),
    ...idle.map(({ kind, one }) => `${kind}: ${one.fields.join()} no longer differs`),
  ]
}

function fieldsOf(ours: MailEvent | undefined, answer: Answer | undefined): { field: Field; says: string }[] {
  const [theirs, ...more] = answer?.events ?? []
  if (ours === undefined || theirs === undefined || more.length > 0)
    return [{ field: 'type', says: `${answer?.events?.length ?? 0} events (${answer?.why ?? ''})` }]
  const pairs: readonly (readonly [Field, unknown, unknown])[] = [
    [
      'type',
      ours.type,
      (WORDS[theirs.event_type] ?? [`email.${theirs.event_type}`]).find((word) => word === ours.type) ??
        theirs.event_type,
    ],
    ['recipient', ours.recipient, theirs.recipient],
    ['message_id', ours.message_id, idOf(theirs)],
    [
      'second',
      ours.occurred_at && Math.floor(Date.parse(ours.occurred_at) / 1_000),
      theirs.at_seconds && Math.floor(theirs.at_seconds),
    ],
  ]
  return pairs
    .filter(([, our, their]) => our !== their)
    .map(([field, our, their]) => ({ field, says: `${String(our)} here, ${String(their)} there` }))
}

/** Anymail keeps the brackets of a Message-ID, and Postal's number as one. */
const idOf = ({ message_id: id }: ForeignEvent): string | null =>
  id === null ? null : `${id}`.replace(/^<(.*)>$/, '$1')
