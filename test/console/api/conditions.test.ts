import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NO_VERSION, etagOf, holds, isKnown, readConditions } from '../../../src/console/api/conditions.ts'
import { type TestConsole, expectProblem, migrate, newConsole } from '../support.ts'

const read = (headers: Record<string, string>) => readConditions(new Headers(headers))

describe('conditions', () => {
  const VERSION = 7

  it.each([
    ['*', true],
    ['"7"', true],
    ['  "7"\t', true],
    ['"6", "7"', true],
    ['"6" ,\t"7" , ', true],
    [', ,"7"', true],
    ['"a,b", "7"', true],
    ['W/"7"', false],
    ['"6"', false],
    ['"07"', false],
    ['""', false],
    ['"7 "', 'malformed'],
    ['7', 'malformed'],
    ["'7'", 'malformed'],
    ['"7', 'malformed'],
    ['7"', 'malformed'],
    ['"7" "8"', 'malformed'],
    ['w/"7"', 'malformed'],
    ['W/ "7"', 'malformed'],
    ['*, "7"', 'malformed'],
    ['"7", *', 'malformed'],
    ['**', 'malformed'],
    ['', 'malformed'],
    [' , ', 'malformed'],
    [Array.from({ length: 101 }, () => '"7"').join(), 'malformed'],
  ])('If-Match: %s of version 7 is %s', (text, expected) => {
    const conditions = read({ 'if-match': text })
    expect(conditions.ok ? holds(conditions.value, VERSION) : 'malformed').toBe(expected)
  })

  it.each([
    ['*', false],
    ['"7"', false],
    ['W/"7"', false],
    ['"6", W/"7"', false],
    ['"6"', true],
  ])('If-None-Match: %s of version 7 holds: %s', (text, expected) => {
    const conditions = read({ 'if-none-match': text })
    if (!conditions.ok) throw new Error('not read')
    expect(holds(conditions.value, VERSION)).toBe(expected)
    expect(isKnown(conditions.value, VERSION)).toBe(!expected)
  })

  it.each([
    [{ 'if-match': '*' }, false],
    [{ 'if-match': '"0"' }, false],
    [{ 'if-none-match': '*' }, true],
    [{ 'if-none-match': '"0"' }, true],
  ])('%o of nothing: %s', (headers, expected) => {
    const conditions = read(headers)
    expect(conditions.ok && holds(conditions.value, NO_VERSION)).toBe(expected)
  })

  it('names the malformed header without its value', () => {
    const refused = read({ 'if-match': 'hunter2', 'if-none-match': '*' })
    expect(refused).toMatchObject({ code: 'condition_malformed', problems: [{ path: 'if-match' }] })
    expect(JSON.stringify(refused)).not.toContain('hunter2')
  })

  it('never throws, on any text', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[\x21-\x7e]*[ \t"',W/*0-9]*[\x21-\x7e]*$/),
        fc.nat(),
        (text, version) => {
          const conditions = read({ 'if-match': text, 'if-none-match': text })
          if (conditions.ok) holds(conditions.value, version)
          else expect(conditions.code).toBe('condition_malformed')
        },
      ),
    )
  })

  it('finds the tag of the version in any list', () => {
    const tag = fc.record({
      weak: fc.boolean(),
      opaque: fc.stringMatching(/^[\x21\x23-\x7e]{0,8}$/),
    })
    fc.assert(
      fc.property(fc.array(tag, { minLength: 1, maxLength: 20 }), fc.integer({ min: 1 }), (tags, version) => {
        const text = tags.map(({ weak, opaque }) => `${weak ? 'W/' : ''}"${opaque}"`).join(', ')
        const conditions = read({ 'if-match': `${text}, ${etagOf(version)}` })
        expect(conditions.ok && holds(conditions.value, version)).toBe(true)
      }),
    )
  })
})

describe('a source', () => {
  const PATH = '/api/sources/tagged'
  let here: TestConsole

  const call = async (
    method: string,
    headers: Record<string, string> = {},
    document?: object,
    path = PATH,
  ) => {
    const response = await here.fetch(path, {
      method,
      headers: {
        authorization: `Bearer ${env.ADMIN_TOKEN}`,
        'content-type': 'application/json',
        ...headers,
      },
      ...(document === undefined ? {} : { body: JSON.stringify(document) }),
    })
    const text = await response.text()
    const json: Record<string, unknown> = text === '' ? {} : JSON.parse(text)
    if (response.status >= 400 && method !== 'HEAD') expectProblem(response, json)
    return { status: response.status, etag: response.headers.get('etag'), code: json['code'], json, text }
  }
  const document = (ratePerMinute: number) => ({
    provider: 'generic',
    secrets: { hmac: 'a-shared-secret-of-the-tests' },
    ratePerMinute,
  })

  beforeAll(async () => {
    await migrate()
    here = newConsole()
  })
  afterAll(async () => {
    await call('DELETE')
  })

  it('is created once with If-None-Match: *', async () => {
    const made = await call('PUT', { 'if-none-match': '*' }, document(1))
    expect(made).toMatchObject({ status: 201, etag: etagOf(Number(made.json['version'])) })
    expect(await call('PUT', { 'if-none-match': '*' }, document(2))).toMatchObject({
      status: 412,
      code: 'version_conflict',
    })
    expect((await call('GET')).json).toMatchObject({ ratePerMinute: 1 })
  })

  it('is not sent again to a client that has this version', async () => {
    const { etag } = await call('GET')
    expect(etag).toMatch(/^"[1-9][0-9]*"$/)
    for (const method of ['GET', 'HEAD']) {
      expect(await call(method, { 'if-none-match': `"x", W/${etag}` })).toMatchObject({
        status: 304,
        etag,
        text: '',
      })
      expect(await call(method, { 'if-none-match': '"0"' })).toMatchObject({ status: 200, etag })
      expect(await call(method, { 'if-match': '"0"' })).toMatchObject({ status: 412 })
      expect(await call(method, { 'if-match': '"0"', 'if-none-match': etag ?? '' })).toMatchObject({
        status: 412,
      })
    }
  })

  it('is replaced only with the current version in If-Match', async () => {
    const seen = (await call('GET')).etag ?? ''
    const mine = await call('PUT', { 'if-match': seen }, document(10))
    expect(mine).toMatchObject({ status: 200 })
    expect(mine.etag).not.toBe(seen)
    const theirs = await call('PUT', { 'if-match': seen }, document(20))
    expect(theirs).toMatchObject({ status: 412, code: 'version_conflict', etag: null })
    expect((await call('GET')).json).toMatchObject({ ratePerMinute: 10 })
    expect((await call('PUT', { 'if-match': `${seen}, ${mine.etag}` }, document(30))).status).toBe(200)
    expect((await call('PUT', { 'if-match': '*' }, document(40))).status).toBe(200)
    expect((await call('PUT', {}, document(50))).status).toBe(200)
  })

  it('keeps its tag if nothing changes', async () => {
    const { etag } = await call('GET')
    expect((await call('PUT', {}, document(50))).etag).toBe(etag)
  })

  it('is replaced once by many concurrent clients with the same tag', async () => {
    const seen = (await call('GET')).etag ?? ''
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, i) => call('PUT', { 'if-match': seen }, document(100 + i))),
    )
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(all.filter(({ code }) => code === 'version_conflict')).toHaveLength(19)
  })

  it.each(['GET', 'PUT', 'DELETE'])('is not changed by %s with a malformed condition', async (method) => {
    const { etag } = await call('GET')
    const body = method === 'PUT' ? document(1) : undefined
    for (const header of ['if-match', 'if-none-match']) {
      expect(await call(method, { [header]: String(etag).replaceAll('"', '') }, body)).toMatchObject({
        status: 400,
        code: 'condition_malformed',
      })
    }
    expect((await call('GET')).etag).toBe(etag)
  })

  const url = 'https://app.example.com/email-events'
  const mail = { kind: 'mail', from: 'postern@example.com', to: ['ada@example.com'] }
  it.each([
    ['/api/destinations/tagged', { url }, { url, paused: true }],
    ['/api/channels/tagged', mail, { ...mail, grouping_seconds: 0 }],
  ])('and %s are replaced and removed only under the version that was seen', async (path, first, second) => {
    const { etag } = await call('PUT', {}, first, path)
    const seen = { 'if-match': etag ?? '' }
    expect((await call('PUT', { 'if-none-match': '*' }, second, path)).status).toBe(412)
    expect((await call('PUT', { 'if-match': '"1"' }, second, path)).status).toBe(412)
    expect((await call('PUT', seen, second, path)).status).toBe(200)
    expect((await call('DELETE', seen, undefined, path)).status).toBe(412)
  })

  it('is removed only with the current version in If-Match; then it is 404 with any condition', async () => {
    const { etag } = await call('GET')
    expect(await call('DELETE', { 'if-match': '"0"' })).toMatchObject({
      status: 412,
      code: 'version_conflict',
    })
    expect(await call('DELETE', { 'if-match': `W/${etag}` })).toMatchObject({ status: 412 })
    expect(await call('DELETE', { 'if-match': etag ?? '' })).toMatchObject({ status: 200 })
    expect(await call('DELETE', { 'if-match': etag ?? '' })).toMatchObject({
      status: 404,
      code: 'source_unknown',
    })
    expect(await call('GET', { 'if-match': etag ?? '' })).toMatchObject({ status: 404 })
    expect(await call('PUT', { 'if-match': etag ?? '' }, document(1))).toMatchObject({
      status: 412,
      code: 'version_conflict',
    })
    const again = await call('PUT', { 'if-none-match': '*' }, document(1))
    expect(again).toMatchObject({ status: 201 })
    expect(again.etag).not.toBe(etag)
  })
})
