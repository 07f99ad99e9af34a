import { describe, expect, it } from 'vitest'
import { PERSONAL } from '../../../src/registry/destinations/document.ts'
import { type PersonalView, type ViewOptions, viewOf } from '../../../src/destinations/send/view.ts'
import type { StoredEvent } from '../../../src/store/stored-event.ts'
import { eventOfLovelace as stored } from '../../support/mail-events.ts'

const INDEX = '0123456789abcdef0123456789abcdef'
const NAMES_A_PERSON = /lovelace|Firefox|203\.0\.113|order-7|vip/

const options = (personal: PersonalView, destination: string): ViewOptions => ({
  personal,
  destination,
  idOf: async (id) => `${destination} ${id.length}`,
})

describe('what a destination sees of a person', () => {
  it('is everything where it may, without what Postern keeps about the delivery', async () => {
    const event = await stored()
    const { security: _security, ...shown } = event
    expect(await viewOf(event, INDEX, options('full', 'app'))).toEqual(shown)
  })

  it.each(['pseudonym', 'none'] as const)('is nothing that names them: %s', async (personal) => {
    const view = await viewOf(await stored(), INDEX, options(personal, 'app'))
    expect(JSON.stringify(view)).not.toMatch(NAMES_A_PERSON)
    expect(view).toMatchObject({ message_id: 'm-1', type: 'email.bounced', smtp_code: '550', campaign_id: 'spring' })
  }) // prettier-ignore

  it.each<[string, Partial<StoredEvent>, string | null, 'pseudonym' | 'none', unknown]>([
    ['of a person', {}, INDEX, 'pseudonym', expect.stringMatching(/^person_[0-9a-f]{32}$/)],
    ['of nobody', { recipient: null }, null, 'pseudonym', null],
    ['of an erased person', { recipient: null }, INDEX, 'pseudonym', null],
    ['of a person', {}, INDEX, 'none', null],
  ])('%s (%o, index %s) with %s has the recipient %s', async (_name, change, index, personal, recipient) => {
    const event = { ...(await stored()), ...change }
    expect((await viewOf(event, index, options(personal, 'app'))).recipient).toEqual(recipient)
  })

  it.each<[string, string, string, boolean]>([
    ['the same person at the same destination', INDEX, 'app', true],
    ['another person', INDEX.replace('0', '1'), 'app', false],
    ['the same person at another destination', INDEX, 'crm', false],
  ])('is a pseudonym that is equal for %s only', async (_name, index, destination, isSame) => {
    const one = await viewOf(await stored(), INDEX, options('pseudonym', 'app'))
    const other = await viewOf(await stored(), index, options('pseudonym', destination))
    expect(one.recipient === other.recipient).toBe(isSame)
    expect(other.recipient).not.toContain(index)
  })

  it.each(PERSONAL)('has every field of an event: %s', async (personal) => {
    const full = await viewOf(await stored(), INDEX, options('full', 'app'))
    const view = await viewOf(await stored(), INDEX, options(personal, 'app'))
    expect(Object.keys(view).toSorted()).toEqual(Object.keys(full).toSorted())
  })
})
