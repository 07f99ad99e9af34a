import * as v from 'valibot'
import { expect, it } from 'vitest'
import { SourceConfigSchema, savedConfig } from '../../src/registry/document.ts'

const whole = v.parse(SourceConfigSchema, { provider: 'generic', ratePerMinute: 60, rotateEveryDays: null })

it('is the same after it was saved', () => {
  expect(JSON.stringify(savedConfig(JSON.stringify(whole)))).toBe(JSON.stringify(whole))
})

it('has the default of a setting that did not exist when it was saved', () => {
  const { guardStore, maxBodyBytes, ...older } = whole
  expect(savedConfig(JSON.stringify(older))).toEqual(whole)
  expect([guardStore, maxBodyBytes]).toEqual(['object', 1_048_576])
})
