import { describe, expect, it } from 'vitest'
import { type OpenIncidents, group } from '../../src/watch/grouping.ts'
import type { Finding } from '../../src/watch/patterns/pattern.ts'
import type { Severity } from '../../src/watch/severity.ts'

const finding = (kind: string, severity: Severity = 'warning', subject?: string): Finding => ({
  kind,
  ...(subject === undefined ? {} : { subject }),
  severity,
  fromMinute: 90,
  features: [{ name: 'x', observed: 1, expected: 0, share: 1 }],
  evidence: 'one',
})

const MARKS = { raised: '!', risen: '^', seen: '~' }

/** Changes by minute, with two quiet hours. `!` is raised, `^` risen, `~` seen, `.` ended. */
function said(minutes: readonly [number, readonly Finding[]][]): string {
  const open: OpenIncidents = {}
  return minutes
    .flatMap(([minute, findings]) =>
      group(open, minute, findings, () => 2).map((one) =>
        one.change === 'ended'
          ? `${minute}.${one.incident.kind}${one.incident.subject ?? ''}-${one.untilMinute}`
          : `${minute}${MARKS[one.change]}${one.finding.kind}${one.finding.subject ?? ''}`,
      ),
    )
    .join(' ')
}

describe('grouping', () => {
  it.each<[string, readonly [number, readonly Finding[]][], string]>([
    ['raises a finding', [[100, [finding('lag')]]], '100!lag'],
    ['raises it once', [[100, [finding('lag')]], [101, [finding('lag')]], [150, [finding('lag')]]], '100!lag 101~lag 150~lag'],
    ['keeps kinds apart', [[100, [finding('lag'), finding('surge')]]], '100!lag 100!surge'],
    ['keeps subjects apart', [[100, [finding('lag', 'info', 'a'), finding('lag', 'info', 'b')]]], '100!laga 100!lagb'],
    ['keeps it open while it is quiet for less', [[100, [finding('lag')]], [219, []], [219, [finding('lag')]]], '100!lag 219~lag'],
    ['ends it when it was quiet', [[100, [finding('lag')]], [220, []]], '100!lag 220.lag-101'],
    ['begins anew after that', [[100, [finding('lag')]], [220, [finding('lag')]]], '100!lag 220.lag-101 220!lag'],
    ['says that it rose', [[100, [finding('lag')]], [101, [finding('lag', 'critical')]]], '100!lag 101^lag'],
    ['says each time that it rose', [[100, [finding('lag')]], [101, [finding('lag', 'error')]], [102, [finding('lag', 'error')]], [103, [finding('lag', 'critical')]]], '100!lag 101^lag 102~lag 103^lag'],
    ['does not say that it sank', [[100, [finding('lag')]], [101, [finding('lag', 'info')]], [102, [finding('lag')]]], '100!lag 101~lag 102~lag'],
    ['ends what is from after now, if the clock was set back', [[100, [finding('lag')]], [50, []]], '100!lag 50.lag-101'],
  ])('%s', (_, minutes, expected) => expect(said(minutes)).toBe(expected)) // prettier-ignore

  it('keeps a bounded number open', () => {
    const open: OpenIncidents = {}
    const many = Array.from({ length: 5000 }, (_, i) => finding('dead_letters', 'warning', `d${i}`))
    group(open, 100, many, () => 2)
    expect(Object.keys(open)).toHaveLength(200)
  })
})
