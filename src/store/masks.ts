/**
 * Masks for plain columns that name somebody, as a message id with the recipient's address does. The column has a keyed hash of the text, by
 * which it is found, and the sealed part has the text itself.
 */
import type { MailEvent } from '../event/mail-event.ts'
import type { People } from './people.ts'

const TEXTS = [
  'provider_event_id',
  'campaign_id',
  'native_type',
  'smtp_code',
  'enhanced_code',
  'automated_by',
] as const

/** Fields of an event that are plain columns with words of the ESP. A scope is left out: by it suppressions are compared. */
export const MASKED_FIELDS = ['message_id', 'other_message_ids', ...TEXTS] as const

export type Masks = Partial<Pick<MailEvent, (typeof MASKED_FIELDS)[number]>>

type Names = Pick<People, 'nameOf'>

const maskOf = async ({ nameOf }: Names, text: string): Promise<string> =>
  `masked:${await nameOf('MASK', text)}`

export const isMask = (text: string): boolean => /^masked:[0-9a-f]{32}$/.test(text)

/** The forms in which a column may have a text. */
export const storedForms = async (people: Names, text: string): Promise<readonly string[]> => [
  text,
  await maskOf(people, text),
]

/** Letters and digits alone: `bounce+ada=example.com@esp.example` has `adaexamplecom`. */
const squashed = (text: string): string =>
  text
    .replaceAll('%40', '@')
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '')

/** Masks of the fields that name the recipient, or anybody where no message id stands, which always has an `@`. */
export async function masksOf(event: MailEvent, people: Names): Promise<Masks> {
  const recipient = squashed(event.recipient ?? '')
  const isNamed = (text: string): boolean => recipient !== '' && squashed(text).includes(recipient)
  const { message_id: id, other_message_ids: ids } = event
  const masks: { -readonly [Name in keyof Masks]: Masks[Name] } = {}
  if (id !== null && isNamed(id)) masks.message_id = await maskOf(people, id)
  if (ids.some(isNamed))
    masks.other_message_ids = await Promise.all(
      ids.map(async (one) => (isNamed(one) ? maskOf(people, one) : one)),
    )
  for (const name of TEXTS) {
    const text = event[name] ?? ''
    if (/[@＠]|%40/.test(text) || isNamed(text)) masks[name] = await maskOf(people, text)
  }
  return masks
}
