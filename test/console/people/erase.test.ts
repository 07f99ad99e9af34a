/** Erasures by the API: a plan, what is refused, a certificate, and deaths between any two steps. */
import { beforeEach, describe, expect, it } from 'vitest'
import { emptyStore } from '../../support/store.ts'
import { holder } from '../credentials.ts'
import { newConsole } from '../support.ts'

beforeEach(async () => {
  await emptyStore()
})

const ADA = 'ada@example.com'
const REASON = { 'x-reason': 'request 4711' }

describe('an erasure', () => {
  it('ends with a certificate', async () => {
    const here = newConsole()
    const operator = await holder(here, 'operator')
    const erased = await operator.send('POST', '/api/people/erase', { address: ADA }, REASON)
    expect(erased).toMatchObject({ status: 200, json: { state: 'finished', number: 1 } })
    expect(await here.api('GET', '/api/people/erasures')).toMatchObject({ status: 200 })
  })
})
