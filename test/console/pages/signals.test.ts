/** The page of a source's signals: bars, lines, marks of incidents, and the same numbers as a table. */
import { beforeAll, describe, expect, it } from 'vitest'
import { binsOf } from '../../../src/console/pages/sources/bins.ts'
import { markOf } from '../../../src/console/pages/sources/chart.tsx'
import { SERIES } from '../../../src/console/pages/sources/series.ts'
import { incident, incidentsKept } from '../../support/incidents.ts'
import { point, watcherObjects } from '../../support/watchers.ts'
import { migrate, newConsole } from '../support.ts'
import { textOf, visitor } from './visitor.ts'

const HOUR_MS = 3_600_000
/** Start of this hour, not a fixed date: the registry ends sessions by the real clock. */
const NOW_MS = Math.floor(Date.now() / HOUR_MS) * HOUR_MS
const NOW = NOW_MS / 60_000
/** The start of the second last bin of a quarter of an hour, as pages show it. */
const BIN_TIME = new Date(NOW_MS - HOUR_MS / 2).toISOString().slice(0, 16).replace('T', ' ')

beforeAll(async () => {
  await migrate()
  const document = { provider: 'generic', secrets: { hmac: 'secret-of-the-signals-page' } }
  await newConsole().api('PUT', '/api/sources/own', document)
})

const refused = (count: number) => ({ signature_wrong: count })

describe('bins', () => {
  it('add up counts, and take the median of lags and the highest score', () => {
    const bins = binsOf(
      [
        point(NOW - 15, { accepted: 3, lagSeconds: 9, events: { 'email.bounced': 1, 'email.delivered': 2 } }),
        point(
          NOW - 2,
          { accepted: 4, lagSeconds: 1, refused: refused(5), events: { 'email.delivered': 1 } },
          { score: 0.2 },
        ),
        point(NOW - 1, { lagSeconds: 5, refused: refused(1) }, { score: 0.7 }),
        // Outside: before the first bin, and after the last.
        point(NOW - 31, { accepted: 100 }),
        point(NOW, { accepted: 100 }),
      ],
      NOW,
      15,
      2,
    )
    expect(bins).toMatchObject([
      { minute: NOW - 30, accepted: 0, refused: 0, bounceShare: null, lagSeconds: null, score: null },
      { minute: NOW - 15, accepted: 7, refused: 6, bounceShare: 0.25, lagSeconds: 5, score: 0.7 },
    ])
  })

  it('end with a whole one that holds now', () => {
    expect(binsOf([point(NOW + 6, { accepted: 1 })], NOW + 7, 15, 1)).toMatchObject([
      { minute: NOW, accepted: 1 },
    ])
  })
})

describe('the mark of an incident', () => {
  const bins = binsOf([], NOW, 60, 4)
  it.each([
    ['before the first bin', -9, -5, undefined],
    ['from before on', -9, -3, { from: 0, to: 1 }],
    ['within', -2.5, -1.5, { from: 1, to: 3 }],
    ['until now', -1, null, { from: 3, to: 4 }],
    ['shorter than a bin', -1.9, -1.8, { from: 2, to: 3 }],
  ])('%s', (_what, since, ended, expected) => {
    const at = (hours: number) => NOW_MS + hours * HOUR_MS
    expect(markOf(bins, 60, at(since), ended === null ? null : at(ended))).toEqual(expected)
  })
})

async function entered(
  points: Parameters<typeof watcherObjects>[0],
  incidents = [incident({ sources: ['own'], source: 'own', sinceMs: NOW_MS - 2 * HOUR_MS })],
) {
  const objects = watcherObjects(points)
  const here = newConsole({ SOURCE_WATCHERS: objects, INCIDENTS: incidentsKept(incidents) })
  here.clock.nowMs = NOW_MS
  const someone = visitor(here)
  await someone.enter()
  return { objects, someone }
}

describe('the page', () => {
  it('shows a chart of each series, marks and lists incidents, and has the numbers as a table', async () => {
    const events = { 'email.bounced': 1, 'email.delivered': 3 }
    const { someone } = await entered([
      point(NOW - 20, { accepted: 1_200, lagSeconds: 4, events, refused: refused(7) }, { score: 0.5 }),
    ])
    const html = await someone.html('/sources/own/signals')
    const labels = [...html.matchAll(/<svg[^>]*role="img" aria-label="([^"]*)"/g)].map(([, label]) => label)
    expect(labels).toHaveLength(SERIES.length)
    expect(labels).toEqual(
      expect.arrayContaining([
        'Accepted deliveries: highest 1,200. The table below has all values.',
        'Refused deliveries: highest 7. The table below has all values.',
        'Bounces of outcomes: highest 25 %. The table below has all values.',
        'Lag, from occurrence to receipt: highest 4 s. The table below has all values.',
        'How unusual, 0 to 1: highest 0.50. The table below has all values.',
      ]),
    )
    // The second last of 96 bins; the score has a fixed top.
    expect(html).toContain('class="bars" d="M941 100V0.0h8V100z"')
    expect(html).toContain('class="line" d="M940 50.0h10"')
    expect(html).toContain('<rect class="mark" x="880" y="0" width="80"')
    for (const cells of [`${BIN_TIME} 1,200 7 `, ' 25 % 4 s ', ' 0.50 '])
      expect(textOf(html)).toContain(cells)
    expect(html).toContain('href="/incidents/17"')
    expect(html).not.toMatch(/style=|<script(?! src=)/)
  })

  it.each([
    ['', NOW - 1_440, 'minute'],
    ['?last=weeks', NOW - 14 * 1_440, 'hour'],
    ['?last=ages', NOW - 1_440, 'minute'],
  ])('%s reads its span', async (query, since, by) => {
    const { objects, someone } = await entered([])
    expect(textOf(await someone.html(`/sources/own/signals${query}`))).toContain('Nothing happened')
    expect(objects.calls).toMatchObject([[expect.any(String), 'own', since, NOW, by]])
  })

  it('lists no incident that was over before', async () => {
    const old = incident({
      sources: ['own'],
      state: 'resolved',
      sinceMs: 0,
      resolvedMs: NOW_MS - 25 * HOUR_MS,
    })
    const { someone } = await entered([], [old])
    const html = await someone.html('/sources/own/signals')
    expect(html).toContain('There was none.')
  })
})
