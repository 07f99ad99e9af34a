import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { followFile } from '../../../src/cli/tail/follow-file.ts'
import { followWrangler } from '../../../src/cli/tail/follow-wrangler.ts'
import { jsonParts } from '../../../src/cli/tail/json-parts.ts'
import { lineOf } from '../../../src/cli/tail/line.ts'
import { localRecord, tailRecords } from '../../../src/cli/tail/record.ts'
import { logFile } from '../../../scripts/local/log-file.ts'
import { logPath } from '../../../src/cli/local-state.ts'
import { run } from '../run.ts'
import { anyText } from '../../support/any-text.ts'

const AT_MS = Date.parse('2026-11-25T12:34:56.789Z')
const plain = (_style: string, text: string) => text

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'postern-tail-'))
})
afterEach(() => rm(folder, { recursive: true }))

const receipt = {
  event: 'delivery_accepted',
  outcome: 'receipt',
  source: 'shop',
  provider: 'generic',
  duration_ms: 12,
  request_id: 'req_1',
}

describe('a line', () => {
  it.each([
    [
      'an accepted delivery',
      { ...receipt, accepted: 3 },
      '12:34:56  shop                  accepted: 3 events  generic 12 ms req_1',
    ],
    ['one event', { ...receipt, accepted: 1 }, 'accepted: 1 event  '],
    ['what is only observed', { ...receipt, accepted: 1, processing: 'observed' }, 'observed: 1 event  '],
    ['a copy', { ...receipt, accepted: 0, duplicates: 2 }, 'accepted: a copy  '],
    [
      'a delivery with quarantined items',
      { ...receipt, accepted: 1, quarantined: 2 },
      'accepted: 1 event, 2 not understood',
    ],
    [
      'a delivery with text messages',
      { ...receipt, accepted: 1, dropped: 2 },
      'accepted: 1 event, 2 about no mail',
    ],
    ['a handshake', { ...receipt, outcome: 'handshake' }, 'answered (handshake)'],
    ['an alert', { ...receipt, accepted: 1, alerts: ['source_ip'] }, 'alert source_ip'],
    [
      'what is degraded',
      { ...receipt, accepted: 1, degraded: 'guard_unavailable' },
      'degraded: guard_unavailable',
    ],
    [
      'a refusal',
      { event: 'delivery_refused', source: 'shop', code: 'signature_mismatch', status: 401 },
      'refused 401 signature_mismatch',
    ],
    [
      'a refusal of nobody',
      { event: 'delivery_refused', code: 'source_unknown', status: 404 },
      '12:34:56  –  ',
    ],
    ['an alarm', { event: 'alarm', source: 'shop', code: 'token_reused' }, 'ALARM token_reused'],
    ['a flood', { event: 'refusals_not_logged', count: 90 }, '90 more refused'],
    [
      'a flood of handshakes',
      { event: 'lines_not_logged', outcome: 'validation', count: 90 },
      '90 more not logged one by one (validation)',
    ],
    [
      'a flood of copies',
      { event: 'lines_not_logged', outcome: 'duplicate', source: 'shop', count: 90 },
      '90 more not logged one by one (duplicate)',
    ],
    ['a fault', { event: 'fault', fault: 'TypeError' }, 'FAULT TypeError'],
    [
      'what was given up',
      { event: 'message_dead_lettered', source: 'shop', code: 'store_failed', fault: 'RangeError' },
      'given up: store_failed RangeError',
    ],
  ])('tells %s', (_what, fields, words) => {
    expect(lineOf({ atMs: AT_MS, fields }, plain)).toContain(words)
  })

  it.each([
    ['an answer of the console', { event: 'console_answered' }],
    ['a batch', { event: 'batch_consumed' }],
    ['no event', {}],
    ['a name of every object', { event: 'constructor' }],
  ])('is not there for %s', (_what, fields) => {
    expect(lineOf({ atMs: AT_MS, fields }, plain)).toBeUndefined()
  })

  it('is one line and safe to look at, whatever is logged', () => {
    const value = fc.oneof(anyText(), fc.jsonValue(), fc.constant({ toString: null }))
    fc.assert(
      fc.property(value, value, value, (source, code, alert) => {
        for (const event of ['delivery_refused', 'delivery_accepted', 'setup_incomplete'])
          expect(
            lineOf(
              { atMs: Number.NaN, fields: { event, source, code, message: code, alerts: [alert] } },
              plain,
            ),
          ).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
      }),
    )
  })
})

describe('a record', () => {
  it('of the local log has its fields', () => {
    const line = JSON.stringify({
      at: new Date(AT_MS).toISOString(),
      level: 'log',
      message: JSON.stringify(receipt),
    })
    expect(localRecord(line)).toEqual({ atMs: AT_MS, fields: receipt })
  })

  it('of Wrangler has the logs and what was thrown', () => {
    const event = {
      eventTimestamp: AT_MS,
      logs: [
        { level: 'log', timestamp: AT_MS + 1, message: [JSON.stringify(receipt)] },
        { level: 'log', message: ['words', { of: 'others' }] },
      ],
      exceptions: [{ name: 'RangeError', message: 'secret', timestamp: AT_MS + 2 }],
    }
    expect(tailRecords(JSON.stringify(event))).toEqual([
      { atMs: AT_MS + 1, fields: receipt },
      { atMs: AT_MS, fields: undefined },
      { atMs: AT_MS + 2, fields: { event: 'fault', fault: 'RangeError' } },
    ])
  })

  it('is made of nothing that throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        tailRecords(text)
        localRecord(text)
      }),
    )
  })
})

async function* pieces(text: string, at: readonly number[]) {
  let from = 0
  for (const to of [...at.map((one) => one % (text.length + 1)).toSorted((a, b) => a - b), text.length]) {
    yield text.slice(from, to)
    from = to
  }
}
async function taken<T>(some: AsyncIterable<T>, count = Infinity): Promise<T[]> {
  const all: T[] = []
  for await (const one of some) if (all.push(one) === count) break
  return all
}

describe('a stream of JSON', () => {
  it('is parted into its objects, however it comes in pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.string(), fc.jsonValue())),
        fc.array(fc.nat()),
        async (objects, at) => {
          const text = objects.map((object) => `noise "\n${JSON.stringify(object, null, 2)}`).join('\n')
          const parts = await taken(jsonParts(pieces(text, at)))
          expect(parts.map((part) => JSON.parse(part) as unknown)).toEqual(
            JSON.parse(JSON.stringify(objects)),
          )
        },
      ),
    )
  })
})

describe('the local log', () => {
  const ended = () => AbortSignal.timeout(20_000)

  it('is followed as it grows, through a line in halves and a new beginning', async () => {
    const file = path.join(folder, 'log')
    await writeFile(file, 'old\n')
    const lines = followFile(file, { ended: ended(), fromStart: true })
    expect((await lines.next()).value).toBe('old')
    const first = lines.next()
    await appendFile(file, 'one\nha')
    expect((await first).value).toBe('one')
    const second = lines.next()
    await appendFile(file, 'lf\n')
    expect((await second).value).toBe('half')
    const third = lines.next()
    await writeFile(file, 'new\n')
    expect((await third).value).toBe('new')
    await lines.return(undefined)
    expect(await taken(followFile(file, { ended: ended(), fromStart: true }), 1)).toEqual(['new'])
  })

  it('is told from now on alone, where that is asked for', async () => {
    const file = path.join(folder, 'log')
    await writeFile(file, 'old\n')
    const first = followFile(file, { ended: ended(), fromStart: false }).next()
    // Until the follower has looked where the end is.
    const writing = setInterval(() => void appendFile(file, 'new\n'), 50)
    expect((await first).value).toBe('new')
    clearInterval(writing)
  })

  it('is written by npm start for its owner alone, begins anew past its size, and is what tail reads', async () => {
    const log = logFile(folder, () => AT_MS, 1_000)
    for (let i = 0; i < 20; i++)
      log.write({ level: 'log', message: JSON.stringify({ ...receipt, accepted: i + 1 }) })
    log.close()
    const person = new AbortController()
    const out: string[] = []
    const ran = await run(
      ['tail', '--local', '--from-start'],
      '',
      { STATE_DIR: folder },
      {
        endedByPerson: () => person.signal,
        print: (line) => {
          out.push(String(line))
          if (String(line).includes('20 events')) person.abort()
        },
      },
    )
    expect(ran.code).toBe(0)
    expect(out.at(-1)).toContain('accepted: 20 events')
    expect(out.length).toBeLessThan(10)
    expect(logPath(folder)).toContain(folder)
  })

  it('that is not there is said', async () => {
    const ran = await run(['tail', '--local'], '', { STATE_DIR: path.join(folder, 'none') })
    expect(ran).toMatchObject({ code: 3, complaints: expect.stringContaining('npm start') })
    expect(await run(['tail', '--worker', 'pigeon'])).toMatchObject({ code: 2 })
  })
})

describe('Wrangler', () => {
  /** Stands where Wrangler is, and says what it was asked. */
  const standIn = async (body: string) => {
    const bin = path.join(folder, 'node_modules/wrangler/bin')
    await mkdir(bin, { recursive: true })
    await writeFile(path.join(bin, 'wrangler.js'), body)
    return `${folder}/`
  }

  it('is asked for the log of the Worker, and ended with the person', async () => {
    const checkout = await standIn(
      'console.log("Connected\\n" + JSON.stringify({ args: process.argv.slice(2) }, null, 2)); setInterval(() => {}, 1000)',
    )
    const person = new AbortController()
    const texts = followWrangler('postern-gateway', person.signal, checkout)
    const { value } = await texts.next()
    expect(JSON.parse(String(value))).toEqual({ args: ['tail', 'postern-gateway', '--format', 'json'] })
    const end = texts.next()
    person.abort()
    expect(await end).toEqual({ value: undefined, done: true })
  })

  it('that ends by itself is said', async () => {
    const texts = followWrangler(
      'postern-gateway',
      new AbortController().signal,
      await standIn('process.exit(1)'),
    )
    await expect(texts.next()).rejects.toThrow('Wrangler ended')
  })
})
