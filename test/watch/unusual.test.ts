/** Unusual values are worth a finding only if they are large enough for a person to care. */
import { describe, expect, it } from 'vitest'
import type { MinuteSignals } from '../../src/watch/signals/signals.ts'
import { SourceMemory } from '../../src/watch/source-memory.ts'
import { BEGIN, NOW, calmMinute } from './support/calm.ts'

const calm = SourceMemory.begin(BEGIN, 0)
for (let minute = BEGIN; minute < NOW; minute += 1) {
  calm.see(minute, calmMinute(minute))
  calm.score(minute)
}
const detectors = calm.encodeDetectors()
const stored = JSON.stringify(calm.stored)

const refusals = (count: number): Partial<MinuteSignals> => ({
  refused: [{ code: 'proof_missing', network: '10.1.1.0/24', asn: null, count }],
})
const events = (count: number): Partial<MinuteSignals> => ({ events: { 'email.delivered': count } })

describe('a source that is unlike itself', () => {
  it.each<[string, Partial<MinuteSignals>, readonly string[]]>([
    ['a lag of a minute', { lagSeconds: 60 }, []],
    ['a lag of an hour', { lagSeconds: 3_600 }, []],
    ['20 refusals', refusals(4), []],
    ['500 refusals', refusals(100), ['500 refusals in 5 min, usually 0']],
    ['no refusal', { refused: [] }, []],
    ['three times the events', events(6), []],
    ['2,000 events', events(400), ['2,000 events in 5 min, usually 10']],
    ['no events', { events: {} }, []],
  ])('%s in five minutes', (_, change, evidence) => {
    const memory = new SourceMemory(JSON.parse(stored), () => detectors)
    const said: string[] = []
    let highest = 0
    for (let minute = NOW; minute < NOW + 5; minute += 1) {
      memory.see(minute, { ...calmMinute(minute), ...change })
      const scored = memory.score(minute)
      highest = Math.max(highest, scored?.score ?? 0)
      for (const one of scored?.changes ?? []) if (one.change === 'raised') said.push(one.finding.evidence)
    }
    expect(said).toEqual(evidence)
    if (evidence.length > 0) expect(highest).toBeGreaterThan(0.49)
  })
})
