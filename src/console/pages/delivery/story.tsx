/** The story of a delivery, from the ESP to the destinations. Each row of {@link STEPS} turns what is known into steps. */
import { type CauseFound, causeWord, meaningOf } from '../../../event/cause/causes.ts'
import { pageOf } from '../../../event/cause/postmaster-pages.ts'
import type { Security } from '../../../event/decision.ts'
import { domainOf, mailboxProviderOf } from '../../../event/mailbox-providers.ts'
import { providerTitle } from '../../../providers/facts.ts'
import type { RefusalRecord } from '../../../refusals/refusal.ts'
import type { DeadLetter } from '../../../store/dead-letters.ts'
import type { QuarantineSummary } from '../../../store/quarantine.ts'
import type { StoredEvent } from '../../../store/stored-event.ts'
import type { Suppression } from '../../../store/suppressions.ts'
import { deadLetterWord } from '../../messages/dead-letters.ts'
import { decisionWords, securityWords } from '../../messages/describe-decision.ts'
import { automatedWords, eventTimeMs, eventWord, isByMachine } from '../../messages/events.ts'
import { quarantineWord } from '../../messages/quarantine.ts'
import { remedyOf } from '../../messages/refusal-remedies.ts'
import { explainRefusal } from '../../messages/refusals.ts'
import { reasonWord } from '../../messages/suppressions.ts'
import { SOURCES } from '../sources/resource.ts'
import { deliveryPath } from './paths.ts'
import { type Sending, stepsOfSendings } from './sendings.tsx'
import type { Step } from './steps.tsx'

/** A delivery, as far as anything is known about it. */
export interface Known {
  /** The id of the page's address. */
  readonly id: string
  readonly requestId: string
  readonly source: string | null
  readonly provider: string | null
  readonly receivedMs: number | undefined
  readonly network: string | null
  readonly asn: number | null
  readonly bytes: number | null
  readonly refusal: RefusalRecord | undefined
  /** Of a delivery that was let in. */
  readonly security: Security | undefined
  /** The event that the page is about. */
  readonly event: StoredEvent | undefined
  /** Events of the delivery, read up to a bound, and the place of the event among them, from 1. */
  readonly stored: { readonly count: number; readonly place: number | undefined }
  readonly quarantined: readonly QuarantineSummary[]
  readonly deadLetters: readonly DeadLetter[]
  /** Of the event's person, for whoever may see it. */
  readonly suppression: Suppression | null
  /** Blind index of the person, for whoever may see her. */
  readonly person: string | undefined
  readonly sendings: readonly Sending[]
}

/** Read of the events of one delivery. */
export const EVENTS_READ = 50

function causeStep(found: CauseFound, recipient: string | null): Step {
  const { cause, detail } = found
  const { about, means, todo } = meaningOf(cause)
  const page = pageOf(found, recipient === null ? null : mailboxProviderOf(domainOf(recipient)))
  return {
    tone: about === 'sender' ? 'bad' : 'warn',
    title: `Cause: ${causeWord(cause)}${detail === null ? '' : `, ${detail.replaceAll('_', ' ')}`}`,
    says: [`${means} ${todo}`],
    action: page !== null && (
      <a href={page} target="_blank" rel="noopener noreferrer">
        {page.replace('https://', '')}
      </a>
    ),
  }
}

const STEPS: readonly ((known: Known) => readonly Step[])[] = [
  ({ event }) =>
    event === undefined
      ? []
      : [
          {
            tone: 'good',
            title: `${providerTitle(event.provider)} says: ${eventWord(event.type)}`,
            says: [
              event.native_type,
              event.bounce_type ?? event.reject_reason,
              [event.smtp_code, event.enhanced_code].filter((code) => code !== null).join(' '),
              event.reason,
            ],
            atMs: eventTimeMs(event),
          },
        ],
  ({ event }) =>
    event !== undefined && isByMachine(event)
      ? [
          {
            tone: 'warn',
            title: 'By a machine',
            says: [automatedWords(event)?.replace(/^yes: /, '') ?? null],
          },
        ]
      : [],
  ({ event }) =>
    event?.cause
      ? [causeStep({ cause: event.cause, detail: event.cause_detail ?? null }, event.recipient)]
      : [],
  ({ requestId, receivedMs, network, asn, bytes }) => [
    {
      tone: 'good',
      title: 'Received',
      says: [
        requestId,
        network,
        asn === null ? null : `autonomous system ${asn}`,
        bytes === null ? null : `${bytes.toLocaleString('en')} bytes`,
      ],
      atMs: receivedMs,
    },
  ],
  ({ security }) =>
    security === undefined
      ? []
      : [
          {
            tone: security.failed.length > 0 || security.degraded !== null ? 'warn' : 'good',
            title: 'Let in',
            says: [securityWords(security)],
          },
        ],
  ({ refusal }) => {
    if (refusal === undefined) return []
    const { code, status, decision, source, provider } = refusal
    const { title, steps } = remedyOf(code)
    const says = [title, `answered with ${status}`, explainRefusal(refusal), decisionWords(decision)]
    return [
      { tone: 'bad', title: 'Refused', says },
      ...(steps.length > 0
        ? [
            {
              tone: 'plain',
              title: 'How to mend it',
              says: [],
              list: steps,
              // A refusal of no source that exists has no provider.
              ...(source !== null &&
                provider !== null && {
                  action: <a href={`${SOURCES.pathOf(source)}/settings`}>Settings and secrets of {source}</a>,
                }),
            } as const,
          ]
        : []),
    ]
  },
  ({ event, stored: { count, place }, requestId }) => {
    if (count === 0) return []
    const all = count > EVENTS_READ ? `more than ${EVENTS_READ}` : count.toLocaleString('en')
    const of = `${all} event${count === 1 ? '' : 's'}`
    return [
      {
        tone: 'good',
        title: 'Stored',
        says: [
          event === undefined || count === 1
            ? of
            : `${place === undefined ? 'one' : `event ${place}`} of the ${of} of this delivery`,
        ],
        action: event !== undefined && count > 1 && <a href={deliveryPath(requestId)}>all of them</a>,
      },
    ]
  },
  ({ id: here, quarantined }) =>
    quarantined.map(({ id, problem, item }) => ({
      tone: 'warn',
      title: 'Quarantined',
      says: [
        quarantineWord(problem),
        item ? 'One item; the rest of its batch went through.' : 'The whole delivery.',
      ],
      action: id !== here && <a href={deliveryPath(id)}>open it</a>,
    })),
  ({ deadLetters }) =>
    deadLetters.map(({ reason, event_types: types, fault, attempts, last_failed_at: at }) => ({
      tone: 'bad',
      title: 'Given up by the queue',
      says: [
        deadLetterWord(reason),
        types === null ? null : types.map(eventWord).join(', '),
        attempts === 1 ? '1 try' : `${attempts} tries`,
        fault,
      ],
      atMs: Date.parse(at),
    })),
  ({ event, suppression }) => {
    const reasons = [...(suppression?.reasons ?? []), ...(suppression?.scopes ?? [])].filter(
      ({ event_id: id }) => id !== null && id === event?.id,
    )
    return reasons.map(({ reason, scope }) => ({
      tone: 'warn',
      title: 'Suppressed the address',
      says: [reasonWord(reason), scope === null ? null : `only for ${scope}`],
    }))
  },
  ({ sendings }) => stepsOfSendings(sendings),
]

export const storyOf = (known: Known): readonly Step[] => STEPS.flatMap((row) => row(known))
