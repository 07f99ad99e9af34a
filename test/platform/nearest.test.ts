import { expect, it } from 'vitest'
import { nearest } from '../../src/platform/nearest.ts'

it.each([
  ['ratePerMinut', ['ratePerMinute', 'provider'], 'ratePerMinute'],
  ['SendGrid', ['sendgrid', 'mailgun'], 'sendgrid'],
  ['sendgird', ['sendgrid', 'mailgun'], 'sendgrid'],
  ['hmca', ['hmac', 'basic_auth'], 'hmac'],
  ['pigeon', ['hmac', 'basic_auth'], undefined],
  ['', ['hmac'], undefined],
])('of %j among %j is %j', (typed, known, found) => expect(nearest(typed, known)).toBe(found))
