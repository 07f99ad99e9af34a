/** The table of docs/receiving.md says what a destination gets of a person, field by field. */
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../../scripts/workers.ts'
import { viewOf } from '../../src/destinations/send/view.ts'
import { type MailEvent, MailEventSchema } from '../../src/event/mail-event.ts'
import { PERSONAL } from '../../src/registry/destinations/document.ts'
import { eventOfLovelace } from '../support/mail-events.ts'

const FIELDS = Object.keys(MailEventSchema.entries)

/** Meaning of a table's cell for a value of the stored event. */
const CELLS: Readonly<Record<string, (value: unknown) => unknown>> = {
  sent: (value) => value,
  'a keyed hash': (value) => expect.not.stringContaining(String(value)),
  '`null`': () => null,
  '`[]`': () => [],
  '`{}`': () => ({}),
}

/** Each field with its cells, one for each of `PERSONAL`. */
const rows = [
  ...(await readFile(`${ROOT}docs/receiving.md`, 'utf8')).matchAll(
    /^\| (`.+`) \| (.+) \| (.+) \| (.+) \|$/gm,
  ),
]
  .flatMap(([, fields = '', ...cells]) =>
    fields.split(', ').map((field) => [field.replaceAll('`', ''), cells] as const),
  )
  .filter(([field]) => FIELDS.includes(field))

describe('the table of what a destination gets of a person', () => {
  it('has each field once', () => {
    expect(rows.map(([field]) => field).toSorted()).toEqual(FIELDS.toSorted())
  })

  it.each(PERSONAL)('is true of %s', async (personal) => {
    const event = await eventOfLovelace()
    const view = await viewOf(event, '0123456789abcdef0123456789abcdef', {
      personal,
      destination: 'app',
      idOf: async () => 'an id of its own',
    })
    const says = rows.map(([field, cells]) => {
      const cell = CELLS[cells[PERSONAL.indexOf(personal)] ?? '']
      return [field, cell === undefined ? 'a cell of another form' : cell(event[field as keyof MailEvent])]
    })
    expect(view).toEqual(Object.fromEntries(says))
  })
})
