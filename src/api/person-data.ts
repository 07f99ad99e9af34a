/** All that is known of one person, in parts: what an export has, and of which each part is counted. */
import * as v from 'valibot'
import { PERSONAL } from '../registry/destinations/document.ts'
import { EventSchema } from './events.ts'
import { SuppressionRowSchema } from './suppressions.ts'

const textOrNull = v.nullable(v.string())

const said = <S extends v.GenericSchema>(schema: S, description: string) =>
  v.pipe(schema, v.description(description))

const PersonLiftingSchema = v.object({
  at: v.string(),
  by: said(textOrNull, 'The operator.'),
  source: said(textOrNull, 'The source whose email.subscribed lifted its own unsubscribes.'),
})

const PersonDeliverySchema = v.object({
  destination: v.string(),
  url: v.string(),
  personal: said(
    v.picklist(PERSONAL),
    'How much of a person the destination is told: the address, a pseudonym, or nothing.',
  ),
  at: v.string(),
  kind: v.picklist(['event', 'batch', 'test', 'erasure']),
  event_ids: said(v.array(v.string()), 'Events of the person. Those of others are left out.'),
  status: said(v.nullable(v.number()), 'Null if there was no answer.'),
  error: textOrNull,
  response: said(
    textOrNull,
    '500 characters of the answer. Null for a batch: it may be about the events of others.',
  ),
  outcome: v.picklist(['delivered', 'failed', 'exhausted']),
})

const PersonHoldSchema = v.object({ since: v.string(), reason: v.string() })

/** The parts, in the order in which the pages of an export have them. */
export const PersonDataSchema = v.object({
  events: said(v.array(EventSchema), 'In the database, newest first.'),
  suppressions: said(v.array(SuppressionRowSchema), 'Reasons why nobody may write to them.'),
  liftings: said(v.array(PersonLiftingSchema), 'When such reasons were lifted, newest first.'),
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
  place: v.picklist([...PART_NAMES, 'archive']),
  name: said(textOrNull, 'The source, the reason or the destination. Null where there is none.'),
  count: said(v.nullable(v.number()), 'Null for the archive: only its files know.'),
  since: said(textOrNull, 'Time of the oldest.'),
  until: said(textOrNull, 'Time of the newest.'),
})
export type PersonSum = v.InferOutput<typeof PersonSumSchema>
