import { describe, expect, it } from 'vitest'
import { judge } from '../../../src/destinations/send/answer.ts'

const NOW_MS = Date.UTC(2026, 10, 27, 6)

const judged = (status: number, headers: Record<string, string> = {}) =>
  judge({ status, headers: new Headers(headers) }, NOW_MS)

const failure = (error: string) => ({ delivered: false, error, retryAfterSeconds: null, disable: null })
const DELIVERED = { delivered: true, error: null, retryAfterSeconds: null, disable: null }

describe('the status of an answer', () => {
  it.each([200, 201, 202, 204, 299])('%i is a success', (status) => {
    expect(judged(status)).toEqual(DELIVERED)
  })

  it.each([199, 304, 400, 401, 403, 404, 409, 429, 500, 502, 503, 504, 530, 599])(
    '%i is a failure',
    (status) => expect(judged(status).delivered).toBe(false),
  )

  it.each<[number, string]>([
    [404, 'The endpoint answered 404.'],
    [500, 'The endpoint answered 500.'],
    [302, 'The endpoint redirects: enter the final URL.'],
  ])('%i is explained in a sentence', (status, error) => {
    expect(judged(status)).toEqual(failure(error))
  })

  it.each<[string, string]>([
    ['https://other.example/path?token=secret#there', ' to other.example'],
    ['https://user:secret@other.example:8443/', ' to other.example'],
    ['http://169.254.169.254/latest/meta-data/secret', ' to 169.254.169.254'],
    ['/secret', ''],
    ['//other.example/secret', ''],
    [`https://${'a.'.repeat(126)}b/`, ` to ${'a.'.repeat(126)}b`],
    [`https://${'a.'.repeat(127)}/`, ''],
    [`https://${'secret.'.repeat(2_000)}example/`, ''],
    ['', ''],
  ])('a redirect to %j says the host alone', (location, where) => {
    expect(judged(307, { location })).toEqual(failure(`The endpoint redirects${where}: enter the final URL.`))
  })
})

describe('an endpoint that wants no more', () => {
  it.each<[number, Record<string, string>, 'gone' | 'asked' | null]>([
    [410, {}, 'gone'],
    [410, { 'webhook-delivery': 'disable' }, 'asked'],
    [500, { 'webhook-delivery': 'disable' }, 'asked'],
    [200, { 'webhook-delivery': ' Disable ' }, 'asked'],
    [200, { 'webhook-delivery': 'enable' }, null],
    [500, { 'webhook-delivery': 'disabled' }, null],
    [404, {}, null],
  ])('%i with %o: %s', (status, headers, disable) => {
    expect(judged(status, headers).disable).toBe(disable)
  })

  it('has taken the delivery if its status says so', () => {
    expect(judged(200, { 'webhook-delivery': 'disable' }).delivered).toBe(true)
  })
})

describe('Retry-After', () => {
  it('is what the endpoint asks for', () => {
    expect(judged(503, { 'retry-after': '120' }).retryAfterSeconds).toBe(120)
  })

  it('in fractions of seconds is not read', () => {
    expect(judged(503, { 'retry-after': '1.5' }).retryAfterSeconds).toBeNull()
  })

  it('means nothing on a success', () => {
    expect(judged(202, { 'retry-after': '120' })).toEqual(DELIVERED)
  })
})
