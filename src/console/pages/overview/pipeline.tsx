/** The way of the mail as three cards: sources, the gateway, destinations, each with its last day. */
import type { Child, FC } from 'hono/jsx'
import type { Delivery } from '../../../api/destinations.ts'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import { deliveryWords } from '../../messages/destinations.ts'
import type { Tone } from '../../messages/tone.ts'
import { changeWords } from '../charts/series.ts'
import { Sparkline } from '../charts/sparkline.tsx'
import { Cards, Empty, Part, State } from '../components.tsx'
import { segment } from '../activity/kind.ts'
import { Attempts } from '../destinations/list.tsx'
import { DESTINATIONS } from '../destinations/resource.ts'
import type { SourceHealth } from '../sources/health.ts'
import { DayBars } from '../sources/list.tsx'
import { SOURCES } from '../sources/resource.ts'
import type { Compared } from './day.ts'

/** Of sources and of destinations, the worst first. */
const SHOWN = 8

const WORST: readonly Tone[] = ['bad', 'warn', 'plain', 'good']

interface Thing {
  readonly name: string
  readonly href: string
  readonly tone: Tone
  readonly word: string
  readonly figures: Child
}

const Things: FC<{ things: readonly Thing[] }> = ({ things }) => (
  <ul class="things">
    {things
      .toSorted((a, b) => WORST.indexOf(a.tone) - WORST.indexOf(b.tone))
      .slice(0, SHOWN)
      .map(({ name, href, tone, word, figures }) => (
        <li>
          <State tone={tone}>
            <a href={href}>{name}</a>
          </State>
          {figures}
          <span class={tone === 'good' ? 'visually-hidden' : 'soft'}>{word}</span>
        </li>
      ))}
  </ul>
)

/** The first things of a list, and how many there are. */
export interface Listed<T> {
  readonly rows: readonly T[]
  readonly count: number
}

export interface DestinationHealth {
  readonly destination: DestinationView
  /** Null if it could not be read. */
  readonly delivery: Delivery | null
}

interface PipelineProps {
  /** Undefined where the registry did not answer. */
  readonly sources: Listed<SourceHealth> | undefined
  /** Also undefined for whoever does not see them: then there is no card. */
  readonly destinations: Listed<DestinationHealth> | undefined
  readonly seesDestinations: boolean
  readonly accepted: Compared
  /** By hour; undefined if the counters could not be read. */
  readonly acceptedHours: readonly number[] | undefined
  readonly refusedHours: readonly number[] | undefined
}

const UNREAD = 'The registry did not answer.'

/** The meaning of the figures below it, and the way to those that are not shown. */
const Legend: FC<{ says: string; all: string; count: number | undefined }> = ({ says, all, count = 0 }) => (
  <>
    {count > 0 && <span class="soft">{says}</span>} <a href={all}>All{count > 0 && ` ${count}`}</a>
  </>
)

export const Pipeline: FC<PipelineProps> = (props) => {
  const { sources, destinations, seesDestinations } = props
  return (
    <Cards>
      <Part
        id="sources"
        title="Sources"
        aside={<Legend says="events in 24 hours" all={SOURCES.path} count={sources?.count} />}
      >
        {sources === undefined || sources.count === 0 ? (
          <Empty>{sources === undefined ? UNREAD : 'None yet.'}</Empty>
        ) : (
          <Things
            things={sources.rows.map((one) => ({
              name: one.source.name,
              href: SOURCES.pathOf(one.source.name),
              tone: one.state[0],
              word: one.state[1],
              figures: <DayBars {...one} />,
            }))}
          />
        )}
      </Part>
      <Gateway {...props} />
      {seesDestinations && (
        <Part
          id="destinations"
          title="Destinations"
          aside={<Legend says="succeeded in 24 hours" all={DESTINATIONS.path} count={destinations?.count} />}
        >
          {destinations === undefined || destinations.count === 0 ? (
            <Empty>{destinations === undefined ? UNREAD : 'None yet: events stay in the store.'}</Empty>
          ) : (
            <Things things={destinations.rows.map(thingOf)} />
          )}
        </Part>
      )}
    </Cards>
  )
}

function thingOf({ destination: { name }, delivery }: DestinationHealth): Thing {
  const { tone, state } = deliveryWords(delivery)
  const waiting = delivery?.waiting ?? 0
  return {
    name,
    href: DESTINATIONS.pathOf(name),
    tone,
    word: waiting > 0 ? `${waiting.toLocaleString('en')} waiting` : state,
    figures: <Attempts hours={delivery?.hours ?? []} />,
  }
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0)

const Gateway: FC<PipelineProps> = ({ accepted: [now, before], acceptedHours, refusedHours }) => (
  <Part id="gateway" title="Gateway" aside={<span class="soft">last 24 hours</span>}>
    <dl class="figures">
      <Figure
        term="accepted"
        href={segment('accepted')}
        value={now}
        under={now !== undefined && before !== undefined && changeWords(now, Math.round(before))}
      />
      <Figure
        term="refused"
        href={segment('refused')}
        value={refusedHours && sumOf(refusedHours)}
        under={
          refusedHours !== undefined && `${(refusedHours.at(-1) ?? 0).toLocaleString('en')} in this hour`
        }
      />
    </dl>
    <div class="day">
      <Sparkline
        values={acceptedHours?.map((count, i) => count + (refusedHours?.[i] ?? 0))}
        bad={refusedHours ?? []}
        total=""
      />
      <p class="soft">
        <span>24 hours ago</span> <span>by hour, refused in red</span> <span>now</span>
      </p>
    </div>
  </Part>
)

interface FigureProps {
  readonly term: string
  /** The page of what is counted. */
  readonly href: string
  /** Undefined if it is not known. */
  readonly value: number | undefined
  readonly under: string | false
}

const Figure: FC<FigureProps> = ({ term, href, value, under }) => (
  <div>
    <dt>{term}</dt>
    <dd class="figure">
      <a href={href}>{value?.toLocaleString('en') ?? '–'}</a>
    </dd>
    {under !== false && <dd class="soft">{under}</dd>}
  </div>
)
