/** The overview of a source: its URL, its signals as charts beside the week before, why deliveries are refused, and its incidents. */
import type { FC } from 'hono/jsx'
import { LONGEST_DAYS } from '../../../api/signals.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../platform/time.ts'
import type { SourceView } from '../../../registry/sources/source.ts'
import type { SignalPoint } from '../../../watch/watchers/api.ts'
import { webhookUrl } from '../../api/sources.ts'
import type { ConsoleContext } from '../../context.ts'
import { listIncidents } from '../../incidents.ts'
import { sumRefusals } from '../../refusal-sums.ts'
import { answered } from '../../request-context.ts'
import { readSignals } from '../../signals.ts'
import { Charts } from '../charts/charts.tsx'
import { type Mark, incidentMarks, momentMark } from '../charts/marks.ts'
import { type Timeline, startOf } from '../charts/series.ts'
import { spanIn, timelineOf } from '../charts/span.ts'
import { Copied, Empty, List, Part, When } from '../components.tsx'
import { INCIDENT_COLUMNS } from '../incidents/columns.tsx'
import { UNREAD_INCIDENTS } from '../incidents/list.tsx'
import { RangePicker } from '../range-picker.tsx'
import { readerOf } from '../range.ts'
import { gapsOf } from './backfill.tsx'
import { capturePath } from './capture.tsx'
import { answerSource } from './frame.tsx'
import { webhookAt } from './mend.tsx'
import { SOURCES } from './resource.ts'
import { type Known, WEEK_MS, signalSeries } from './series.ts'
import { WhyRefused } from './why-refused.tsx'

/** Incidents of the source that are read, newest first. */
const INCIDENTS_READ = 50

export const showOverview = SOURCES.with((c, source) =>
  answerSource(c, source, '', overviewOf(c, source), { refreshes: true }),
)

async function overviewOf(c: ConsoleContext, source: SourceView) {
  const context = c.get('context')
  const { nowMs } = context
  const { name } = source
  const query = new URL(c.req.url).searchParams
  const span = spanIn(query, readerOf(c), 'now-24h')
  const timeline = timelineOf(span, nowMs - LONGEST_DAYS.minute * DAY_MS, nowMs)
  const fromMs = timeline.firstMs
  const untilMs = Math.min(nowMs, startOf(timeline, timeline.count))
  const by = timeline.stepMs < HOUR_MS ? 'minute' : 'hour'
  const read = (weeks: 0 | 1) =>
    readSignals(context, name, { by, sinceMs: fromMs - weeks * WEEK_MS, untilMs: untilMs - weeks * WEEK_MS })
  const [points, past, incidents, refused, webhook, gaps] = await Promise.all([
    read(0),
    by === 'hour' ? read(1) : undefined,
    listIncidents(context, { source: name, limit: INCIDENTS_READ }),
    answered(context, 'refusals', () => context.refusalLog.totals(Math.floor((nowMs - DAY_MS) / MINUTE_MS))),
    webhookAt(c, source),
    gapsOf(c, source),
  ])
  const known = (of: readonly SignalPoint[]): Known => ({
    points: of,
    sinceMs: Math.min(source.createdAtMs, ...of.map(({ minute }) => minute * MINUTE_MS)),
  })
  const lasted = incidents?.filter(
    ({ sinceMs, resolvedMs }) => sinceMs < untilMs && (resolvedMs === null || resolvedMs >= fromMs),
  )
  return (
    <>
      <Address source={source} url={webhookUrl(source, context.gatewayUrl)} />
      <RangePicker
        path={SOURCES.pathOf(name)}
        query={query}
        {...(span.to === 'now' && { chosen: span.from })}
      />
      {points === undefined ? (
        <Empty>The object that watches the source did not answer. Load the page again.</Empty>
      ) : (
        <Charts
          timeline={timeline}
          series={signalSeries(timeline, known(points), past && known(past))}
          marks={[...incidentMarks(timeline, lasted ?? []), ...changeMarks(timeline, source)]}
          zooms
          caption="Signals, newest first"
          empty="Nothing happened in this time, or the watch has not seen it yet."
        />
      )}
      <Part
        id="refused"
        title="Why refused, in 24 hours"
        aside={
          <a class="button" data-open="panel" href={capturePath(name)}>
            Capture the next ones
          </a>
        }
      >
        <WhyRefused sums={refused && sumRefusals(refused.filter((one) => one.source === name))} />
      </Part>
      {webhook !== undefined && (
        <Part id="webhook" title="At the ESP" aside={webhook.button}>
          {webhook.content}
        </Part>
      )}
      {gaps}
      {lasted?.length !== 0 && (
        <Part id="incidents" title="Incidents of this time">
          <List
            caption="Incidents"
            columns={INCIDENT_COLUMNS}
            rows={lasted}
            unread={UNREAD_INCIDENTS}
            empty="There was none."
          />
        </Part>
      )}
    </>
  )
}

/** Where the ESP sends to, and the secret that verifies it. */
const Address: FC<{ source: SourceView; url: string }> = ({ source: { name, secrets }, url }) => {
  const newest = secrets.findLast(({ state }) => state === 'active')
  return (
    <div class="url-line">
      <span>
        <span class="soft">Webhook URL</span> <Copied label="the URL" text={url} />
      </span>
      <span class="soft">
        {newest === undefined ? (
          'No secret is accepted'
        ) : (
          <>
            Secret{' '}
            <code>
              {newest.slot}/{newest.version}
            </code>
            , made <When at={newest.createdAtMs} />
          </>
        )}
        {' · '}
        <a href={`${SOURCES.pathOf(name)}/settings#secrets`}>all secrets</a>
      </span>
    </div>
  )
}

/** Moments at which the source or one of its secrets was changed. */
function changeMarks(timeline: Timeline, source: SourceView): Mark[] {
  const { name, createdAtMs, updatedAtMs } = source
  const href = `${SOURCES.pathOf(name)}/settings`
  const moments = new Map([
    [createdAtMs, 'Source made'],
    [updatedAtMs, 'Source changed'],
  ])
  return [...moments].flatMap(
    ([atMs, text]) => momentMark(timeline, atMs, { kind: 'change', href, text }) ?? [],
  )
}
