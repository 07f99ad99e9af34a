/** Providers below the drivers know which ESPs have one. */
import { expect, it } from 'vitest'
import { DRIVERS } from '../../src/drivers/index.ts'
import { WITH_API } from '../../src/providers/shared/slots.ts'

it('each driver has a provider with a slot for its key, and no other has', () =>
  expect([...WITH_API].toSorted()).toEqual(DRIVERS.map(({ provider }) => provider).toSorted()))
