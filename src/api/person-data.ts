/** All that is known of one person, in parts, and how much of it there is at each place. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { PERSONAL } from '../registry/destinations/document.ts'
import { AnsweredSchema } from './addresses.ts'
import { AttemptSchema } from './destinations.ts'
import { EventSchema } from './events.ts'
import { SuppressionRowSchema } from './suppressions.ts'

const textOrNull = v.nullable(v.string())

const said = <S extends v.GenericSchema>(schema: S, description: string) => described(schema, description)

const PersonLiftingSchema = v.object({
  at: v.string(),
  by: said(textOrNull, 'The operator.'),
  source: said(textOrNull, 'The source whose email.subscribed lifted its own unsubscribes.'),
  reading: said(textOrNull, 'The mistaken reading, if a review of suppressions lifted it.'),
  scope: said(textOrNull, 'The mail that it is about; null for all mail.'),
})

const PersonQuarantineSchema = v.object({
  id: v.string(),
  source: v.string(),
  provider: v.string(),
  received_at: v.string(),
  problem: said(v.string(), 'Why it could not be understood.'),
  names_others: said(v.boolean(), 'Whether it has addresses besides the person’s.'),
  body: said(
    textOrNull,
    'As it came. Null if it has other addresses too: GET /api/quarantine/{id} shows it.',
  ),
})

const PersonDeadLetterSchema = v.object({
  id: v.string(),
  source: textOrNull,
  reason: v.string(),
  first_failed_at: v.string(),
  events: said(
    v.array(v.record(v.string(), v.unknown())),
    'Events of the person. Those of others are left out.',
  ),
})

const PersonDeliverySchema = v.object({
  destination: v.string(),
  url: v.string(),
  personal: said(
    v.picklist(PERSONAL),
    'How much of a person the destination is told: the address, a pseudonym, or nothing.',
  ),
  at: v.string(),
  kind: AttemptSchema.entries.kind,
  events: said(v.number(), 'Of the person and of others.'),
  event_id: said(textOrNull, 'Null for a batch.'),
  status: said(v.nullable(v.number()), 'Null if there was no answer.'),
  error: textOrNull,
  response: said(
    textOrNull,
    '500 characters of the answer. Null for a batch: it may be about the events of others.',
  ),
  outcome: AttemptSchema.entries.outcome,
})

const PersonHoldSchema = v.object({ since: v.string(), reason: v.string() })

/** The parts, in the order in which the pages of an export have them. */
export const PersonDataSchema = v.object({
  events: said(v.array(EventSchema), 'In the database, newest first.'),
  suppressions: said(v.array(SuppressionRowSchema), 'Reasons why nobody may write to them.'),
  liftings: said(v.array(PersonLiftingSchema), 'When such reasons were lifted, newest first.'),
  address_checks: said(v.array(AnsweredSchema), 'Verdicts about whether the address takes mail.'),
  quarantine: said(v.array(PersonQuarantineSchema), 'Deliveries that could not be understood and name them.'),
  dead_letters: said(
    v.array(PersonDeadLetterSchema),
    'Messages of the queue that failed and have events of them.',
  ),
  deliveries: said(
    v.array(PersonDeliverySchema),
    'Requests that sent events of them to destinations: of the last seven days, the latest 10,000 of each destination.',
  ),
  holds: said(v.array(PersonHoldSchema), 'Holds of retention on them.'),
})
export type PersonData = v.InferOutput<typeof PersonDataSchema>
export type PartName = keyof PersonData
export const PART_NAMES = Object.keys(PersonDataSchema.entries) as readonly PartName[]

/** How much one place has of a person. */
export const PersonSumSchema = v.object({
  place: v.string(),
  holds: said(v.string(), 'What the place has of people.'),
  count: said(v.nullable(v.number()), 'Null for the archive: only its files know.'),
  since: said(textOrNull, 'Time of the oldest, where it is known.'),
  until: said(textOrNull, 'Time of the newest.'),
})
export type PersonSum = v.InferOutput<typeof PersonSumSchema>
