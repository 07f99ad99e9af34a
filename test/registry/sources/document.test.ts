import * as v from 'valibot'
import { expect, it } from 'vitest'
import { SourceConfigSchema, savedConfig } from '../../../src/registry/sources/document.ts'

const whole = v.parse(SourceConfigSchema, { provider: 'generic', ratePerMinute: 60, rotateEveryDays: null })

it('is equal after it was saved', () => {
  expect(JSON.stringify(savedConfig(JSON.stringify(whole)))).toBe(JSON.stringify(whole))
})

it('has the default of a setting that did not exist when it was saved', () => {
  const { guardStore, maxStaleSeconds, ...older } = whole
  expect(savedConfig(JSON.stringify(older))).toEqual(whole)
  expect([guardStore, maxStaleSeconds]).toEqual(['object', 3_600])
})

it('lacks a setting of a later version, which no document of this version may have', () => {
  expect(savedConfig(JSON.stringify({ ...whole, addedLater: true }))).toEqual(whole)
})

it.each([
  ['publicUrl', (text: string) => ({ publicUrl: `https://hooks.example/${text}` })],
  ['jwt.issuer', (text: string) => ({ jwt: { issuer: text } })],
  ['jwt.audience', (text: string) => ({ jwt: { audience: text } })],
  ['jwt.algorithms', (text: string) => ({ jwt: { algorithms: [text] } })],
  ['auth.methods', (text: string) => ({ auth: { methods: [text] } })],
])('limits %s, since a row of the audit log has it twice', (_path, settingWith) => {
  const taken = (text: string) =>
    v.safeParse(SourceConfigSchema, { provider: 'generic', ...settingWith(text) }).success
  expect([taken('x'), taken('x'.repeat(2_049))]).toEqual([true, false])
})
