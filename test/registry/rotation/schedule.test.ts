import * as v from 'valibot'
import { expect, it } from 'vitest'
import { SourceConfigSchema } from '../../../src/registry/sources/document.ts'
import { rotationsOf } from '../../../src/registry/rotation/schedule.ts'
import type { SecretVersion } from '../../../src/registry/rotation/secret-version.ts'

const YEAR_MS = 365 * 86_400_000

/** A year old, so overdue. */
const active = (slot: string): SecretVersion => ({
  slot,
  version: 1,
  state: 'active',
  origin: 'operator',
  createdAtMs: 0,
  activatedAtMs: 0,
  acceptedUntilMs: null,
  revokedAtMs: null,
})

it.each([
  ['a secret', 'sendgrid', 'public_key', ['public_key']],
  ['a topic of Amazon', 'ses', 'topic_arns', []],
  ['a topic of Scaleway', 'scaleway-tem', 'topic_arns', []],
  ['a key set', 'azure-acs', 'jwks_url', []],
])(
  'a rotation is due for %s only if the slot has something that could leak',
  (_what, provider, slot, due) => {
    const config = v.parse(SourceConfigSchema, { provider, rotateEveryDays: 30 })
    expect(rotationsOf(config, [active(slot)], [], YEAR_MS).map(({ slot }) => slot)).toEqual(due)
  },
)

it.each([
  ['a public key', 'sendgrid', 'public_key', null],
  ['an HMAC key', 'generic', 'hmac', null],
  ['the key of a time and a token', 'mailgun', 'signing_key', null],
  ['a user name and password, which every delivery carries', 'generic', 'basic_auth', 30],
  ['a key in a header, which every delivery carries', 'generic', 'api_key', 30],
])('is by default right for %s', (_what, provider, slot, days) => {
  const config = v.parse(SourceConfigSchema, { provider })
  expect(rotationsOf(config, [active(slot)], [], 0)).toMatchObject([
    { slot, dueAtMs: days === null ? null : days * 86_400_000 },
  ])
})
