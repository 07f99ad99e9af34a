/** The signals of a source on its first page: bars, lines, marks of incidents, and the same numbers as a table. */
import { beforeAll, describe, expect, it } from 'vitest'
import { timelineTo } from '../../../src/console/pages/charts/series.ts'
import { signalSeries } from '../../../src/console/pages/sources/series.ts'
import { incident, incidentsKept } from '../../support/incidents.ts'
import { point, watcherObjects } from '../../support/watchers.ts'
import { migrate, newConsole } from '../support.ts'
import { textOf, visitor } from './visitor.ts'

const HOUR_MS = 3_600_000
/** Start of this hour, not a fixed date: the registry ends sessions by the real clock. */
const NOW_MS = Math.floor(Date.now() / HOUR_MS) * HOUR_MS
const NOW = NOW_MS / 60_000
const WEEK = 7 * 1_440

beforeAll(async () => {
  await migrate()
  const document = { provider: 'generic', secrets: { hmac: 'secret-of-the-signals-page' } }
  await newConsole().api('PUT', '/api/sources/own', document)
})

const refused = (count: number) => ({ signature_wrong: count })

describe('bins', () => {
  const timeline = timelineTo(NOW_MS, 15 * 60_000, 2, NOW_MS)
  const valuesOf = (points: readonly ReturnType<typeof point>[], sinceMs = 0) =>
    Object.fromEntries(
      signalSeries(timeline, { points, sinceMs }, undefined).map(({ id, values }) => [id, values]),
    )

  it('add up counts, and take the median of lags and the highest score', () => {
    const values = valuesOf([
      point(NOW - 15, { accepted: 3, lagSeconds: 9, events: { 'email.bounced': 1, 'email.delivered': 2 } }),
      point(
        NOW - 2,
        {
          accepted: 4,
          lagSeconds: 1,
          refused: refused(5),
          defects: { form: 2, person: 1 },
          events: { 'email.delivered': 1 },
        },
        { score: 0.2 },
      ),
      point(NOW - 1, { lagSeconds: 5, refused: refused(1) }, { score: 0.7 }),
      // Outside: before the first bin, and after the last.
      point(NOW - 31, { accepted: 100 }),
      point(NOW, { accepted: 100 }),
    ])
    expect(values).toEqual({
      accepted: [0, 7],
      refused: [0, 6],
      defects: [0, 3],
      bounceShare: [null, 0.25],
      lagSeconds: [null, 5],
      score: [null, 0.7],
    })
  })

  it('are gaps before anything is known', () => {
    expect(valuesOf([], NOW_MS - 15 * 60_000)).toMatchObject({ accepted: [null, 0] })
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
  it('leads to all incidents of the source that are not over, in whatever state', async () => {
    const own = { source: 'own', sources: ['own'] }
    const { someone } = await entered(
      [],
      [
        incident({ ...own, number: 3, state: 'open' }),
        incident({ ...own, number: 2, state: 'contained' }),
        incident({ ...own, number: 1, state: 'acknowledged', acknowledgedMs: 1 }),
      ],
    )
    const html = await someone.html('/sources/own')
    const [, href = ''] = /<a href="([^"]*)">And 2 more incidents/.exec(html) ?? []
    const list = await someone.html(href)
    for (const number of [3, 2, 1]) expect(list).toContain(`href="/incidents/${number}"`)
  })

  it('shows a chart of each series, marks and lists incidents, and has the figures as a table', async () => {
    const events = { 'email.bounced': 1, 'email.delivered': 3 }
    const { someone } = await entered([
      point(NOW - 70, { accepted: 1_200, lagSeconds: 14.209, events, refused: refused(7) }, { score: 0.5 }),
      point(NOW - 70 - WEEK, { accepted: 1_000 }),
    ])
    const html = await someone.html('/sources/own')
    const labels = [...html.matchAll(/<svg[^>]*role="img" aria-label="([^"]*)"/g)].map(([, label]) => label)
    expect(labels).toEqual(
      [
        'Accepted deliveries: 1,200, 20 % more than a week before',
        'Refused deliveries: 7, none a week before',
        'Misread items: 0, as a week before',
        'Share bounced: highest 25 %',
        'Lag, from occurrence to receipt: highest 14 s',
        'How unusual, 0 to 1: highest 0.5',
      ].map((words) => `${words}. The table below has all values.`),
    )
    // The second last of 24 bins; its axis ends at 2,000.
    expect(html).toContain('class="bars" d="M221 100V40h8V100z"')
    expect(html).toContain('class="line" d="M220 50h10"')
    expect(html).toContain('<span>2,000</span><span>1,000</span><span>0</span>')
    expect(html).toContain('class="before" d="M220 50h10V100h10"')
    expect(html).toContain('<rect class="incident" x="220" y="0" width="20"')
    expect(html).toMatch(/<li class="incident"><a href="\/incidents\/17"><bdi>Incident 17: /)
    for (const cells of ['1,200 a week before 1,000 7 a week before 0 0 a week before 0 25 % 14 s 0.5'])
      expect(textOf(html)).toContain(cells)
    expect(html).not.toMatch(/style=|<script(?! src=)/)
  })

  it.each([
    [
      '',
      [
        [NOW - 1_440, NOW, 'hour'],
        [NOW - 1_440 - WEEK, NOW - WEEK, 'hour'],
      ],
    ],
    ['?from=now-1h&to=now', [[NOW - 60, NOW, 'minute']]],
    [
      '?from=ages',
      [
        [NOW - 1_440, NOW, 'hour'],
        [NOW - 1_440 - WEEK, NOW - WEEK, 'hour'],
      ],
    ],
  ])('%s reads its span', async (query, spans) => {
    const { objects, someone } = await entered([])
    const text = textOf(await someone.html(`/sources/own${query}`))
    expect(text).toContain('Nothing happened')
    expect(objects.calls).toMatchObject(spans.map((span) => [expect.any(String), 'own', ...span]))
  })

  it('lists no incident that was over before', async () => {
    const old = incident({
      sources: ['own'],
      state: 'resolved',
      sinceMs: 0,
      resolvedMs: NOW_MS - 25 * HOUR_MS,
    })
    const { someone } = await entered([], [old])
    const html = await someone.html('/sources/own')
    expect(html).not.toContain('Incident 17')
  })

  it('says that the watch did not answer', async () => {
    const { someone } = await entered(null)
    expect(await someone.text('/sources/own')).toContain('did not answer')
  })
})
