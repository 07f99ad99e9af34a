/** The player of recorded streams: files in, files out, and nothing of the future. */
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { exampleRecording } from '../../../scripts/detection/example.ts'
import type { Line, Raised } from '../../../scripts/detection/play.ts'
import { reportOnExample } from '../../../scripts/detection/report.ts'
import { PATTERNS } from '../../../src/watch/patterns/index.ts'
import { playStreams } from '../../../scripts/detection/streams.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'detection-'))
afterAll(() => rmSync(folder, { recursive: true }))

const { lines: all } = exampleRecording(7)
/** One source is enough for all but the scores. */
const lines = all.filter(({ source }) => source === 'shop')
const textOf = (some: readonly Line[]): string => some.map((line) => `${JSON.stringify(line)}\n`).join('')
const whole = textOf(lines)

function recording(name: string, files: Readonly<Record<string, string>>): string {
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
