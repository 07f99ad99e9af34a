/** The player of recorded streams: files in, files out, and nothing of the future. */
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { exampleRecording } from '../../../scripts/detection/example.ts'
import type { Line, Raised } from '../../../scripts/detection/play.ts'
import { reportOnExample } from '../../../scripts/detection/report.ts'
import { PATTERNS } from '../../../src/watch/patterns/index.ts'
import { playStreams } from '../../../scripts/detection/streams.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'detection-'))
afterAll(() => rmSync(folder, { recursive: true }))

const { lines: all, labels } = exampleRecording(7)
/** One source is enough for all but the scores. */
const lines = all.filter(({ source }) => source === 'shop')
const textOf = (some: readonly Line[]): string => some.map((line) => `${JSON.stringify(line)}\n`).join('')
const whole = textOf(lines)

function recording(name: string, files: Readonly<Record<string, string | Buffer>>): string {
  const own = path.join(folder, 'recordings', name)
  mkdirSync(own, { recursive: true })
  for (const [file, content] of Object.entries(files)) writeFileSync(path.join(own, file), content)
  return own
}

async function raisedOf(...folders: readonly string[]): Promise<Raised[][]> {
  const out = path.join(folder, 'out')
  await playStreams(folders, out, () => 0)
  return folders.map((one) => {
    const file = path.join(out, path.basename(one), 'raised.json')
    return (JSON.parse(readFileSync(file, 'utf8')) as { raised: Raised[] }).raised
  })
}

const plain = recording('plain', { 'stream.jsonl': whole })
const expected = raisedOf(plain).then(([raised]) => raised ?? [])

describe('a recording', () => {
  it('raises alarms in the form that the scorer reads', async () => {
    const raised = await expected
    expect(raised.length).toBeGreaterThan(5)
    for (const one of raised) {
      expect(one.from).toBeLessThanOrEqual(one.raised_at)
      expect(one.until === null || one.until >= one.from).toBe(true)
      expect(one.features[0]?.name).toMatch(/^[a-z_]+$/)
      expect(['info', 'warning', 'error', 'critical']).toContain(one.severity)
    }
    expect(raised.map((one) => one.raised_at)).toEqual(
      raised.map((one) => one.raised_at).toSorted((a, b) => a - b),
    )
  })

  it.each<[string, Readonly<Record<string, string | Buffer>>]>([
    ['compressed', { 'stream.jsonl.gz': gzipSync(whole) }],
    ['with labels', { 'stream.jsonl': whole, 'labels.json': JSON.stringify({ labels }) }],
    ['with labels that are none', { 'stream.jsonl': whole, 'labels.json': 'none' }],
    ['with blank lines', { 'stream.jsonl': whole.replaceAll('\n', '\n\n') }],
    ['with line breaks of Windows', { 'stream.jsonl': whole.replaceAll('\n', '\r\n\r\n') }],
    ['with a last line that was cut off', { 'stream.jsonl': `${whole}{"minute": 294` }],
    ['with lines of another time', { 'stream.jsonl': `${whole}{"minute":1,"source":"shop"}\n` }],
    [
      'with lines of a later version',
      { 'stream.jsonl': whole.replaceAll('{"minute"', '{"new":{"x":1},"minute"') },
    ],
  ])('is told alike %s', async (name, files) => {
    expect(await raisedOf(recording(name.replaceAll(' ', '-'), files))).toEqual([await expected])
  })

  it.each([0.75, 0.9, 0.97])('that ends at %d is told alike up to there', async (part) => {
    const kept = lines.slice(0, Math.floor(lines.length * part))
    const last = kept.at(-1)?.minute ?? 0
    const own = recording(`cut-${part}`, {
      'stream.jsonl': textOf(kept.filter(({ minute }) => minute < last)),
    })
    const before = (raised: readonly Raised[]) =>
      raised.filter((one) => one.raised_at < last).map((one) => ({ ...one, until: null }))
    const [cut = []] = await raisedOf(own)
    expect(before(cut)).toEqual(before(await expected))
    expect(cut).toHaveLength(before(cut).length)
  })

  it('teaches nothing to the next', async () => {
    const [first, second] = await raisedOf(plain, recording('again', { 'stream.jsonl': whole }))
    expect(second).toEqual(first)
  })

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['without a file', {}, 'has no recording: put stream.jsonl or stream.jsonl.gz there'],
    ['with a file that is not compressed', { 'stream.jsonl.gz': whole }, 'stream.jsonl.gz cannot be read'],
    ['with a line that is not JSON', { 'stream.jsonl': '{}\nno\n{}\n' }, 'line 2 is not JSON'],
  ])('%s is an error', async (name, files, message) => {
    await expect(raisedOf(recording(name.replaceAll(' ', '-'), files))).rejects.toThrow(message)
  })

  it('that is a folder is an error', async () => {
    const own = recording('folder', {})
    mkdirSync(path.join(own, 'stream.jsonl.gz'))
    await expect(raisedOf(own)).rejects.toThrow('stream.jsonl.gz cannot be read: record it again')
  })

  it('is not played if another one has its name, since the results would have the same name', async () => {
    const other = recording('other/plain', { 'stream.jsonl': whole })
    await expect(raisedOf(plain, other)).rejects.toThrow('Two folders are called plain')
  })

  it('that is compressed and cut off is told up to there', async () => {
    const bytes = gzipSync(whole)
    const [cut = []] = await raisedOf(
      recording('cut-bytes', { 'stream.jsonl.gz': bytes.subarray(0, Math.floor(bytes.length * 0.9)) }),
    )
    const kinds = (raised: readonly Raised[]) => raised.map(({ kind, raised_at }) => [kind, raised_at])
    expect(cut.length).toBeGreaterThan(3)
    expect(kinds(cut)).toEqual(kinds(await expected).slice(0, cut.length))
  })

  it('of nothing raises nothing', async () => {
    expect(await raisedOf(recording('empty', { 'stream.jsonl': '' }))).toEqual([[]])
  })
})

describe('the example recording', () => {
  it('is told with every attack found, of the right kind, and few false alarms', () => {
    const { score, falseAWeek, stateBytes, text } = reportOnExample(() => 0)
    expect(score.kinds.filter(({ labels: count, right }) => right < count)).toEqual([])
    expect(score.kinds.map(({ kind }) => kind).toSorted()).toEqual(
      PATTERNS.map(({ kind }) => kind).toSorted(),
    )
    expect(falseAWeek).toBeLessThanOrEqual(0.3)
    expect(stateBytes).toBeLessThan(32 * 1024)
    expect(text).toMatch(/microseconds a point: \d/)
  })
})
