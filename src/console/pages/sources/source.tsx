/** One source: what comes to it, and what is refused; and its secrets with all their versions. */
import type { FC } from 'hono/jsx'
import { providerTitle } from '../../../providers/facts.ts'
import type { RefusalRecord } from '../../../refusals/refusal.ts'
import type { SourceView } from '../../../registry/sources/source.ts'
import { listEvents } from '../../../store/events.ts'
import { webhookUrl } from '../../api/sources.ts'
import { refusesEverything } from '../../../registry/sources/refuses-everything.ts'
import { explainRefusal } from '../../messages/refusals.ts'
import { answered } from '../../request-context.ts'
import { type Column, Facts, List, Part, Shown, When } from '../components.tsx'
import { EVENT_COLUMNS } from '../events/columns.tsx'
import { RequestLink } from '../request-link.tsx'
import { Secrets } from '../secrets/tables.tsx'
import { Pause, pausesOf } from './pause.tsx'
import { SOURCES } from './resource.ts'
import { answerSource } from './tabs.ts'

/** Rows that each list shows. */
const ROWS = 10

const REFUSAL_COLUMNS: readonly Column<RefusalRecord>[] = [
  { label: 'When', cell: ({ atMs }) => <When at={atMs} /> },
  { label: 'Why', kind: 'long', cell: (refusal) => <Shown text={explainRefusal(refusal)} max={240} /> },
  { label: 'Request', cell: ({ requestId }) => <RequestLink requestId={requestId} /> },
]

export const showSource = SOURCES.with(async (c, source) => {
  const context = c.get('context')
  const { name, config } = source
  const [page, refusals, pauses] = await Promise.all([
    answered(context, 'events', () =>
      listEvents(context.store, { source: name, limit: ROWS }, context.nowMs),
    ),
    answered(context, 'refusals', () => context.refusalLog.latest({ source: name, limit: ROWS })),
    pausesOf(context, name),
  ])
  const setup = `${SOURCES.pathOf(name)}/setup`
  return answerSource(
    c,
    name,
    '',
    <>
      <Missing source={source} />
      <Pause name={name} lasting={pauses?.[0]} notice={c.req.query('notice') ?? null} />
      <Facts
        rows={[
          ['Provider', providerTitle(config.provider)],
          [
            'Webhook URL',
            <code data-copy="the URL">
              <Shown text={webhookUrl(source, context.gatewayUrl)} max={300} />
            </code>,
          ],
          ['Level', config.level],
          ['Changed', <When at={source.updatedAtMs} />],
        ]}
      />
      <Part id="events" title="Events" aside={<a href={`/events?source=${name}`}>All events</a>}>
        <List
          caption="The newest events"
          columns={EVENT_COLUMNS}
          rows={page?.events}
          unread="The store did not answer."
          empty={
            <>
              Nothing verified has come yet. <a href={setup}>Go through the set-up</a>.
            </>
          }
        />
      </Part>
      <Part id="refusals" title="Refusals" aside={<a href={`/refusals?source=${name}`}>All refusals</a>}>
        <List
          caption="The last refusals"
          columns={REFUSAL_COLUMNS}
          rows={refusals}
          unread="The refusal log did not answer."
          empty="Nothing was refused in the last 25 hours."
        />
      </Part>
    </>,
  )
})

export const showSecrets = SOURCES.with((c, source) => {
  const { name, rotations, secrets } = source
  const path = SOURCES.pathOf(name)
  return answerSource(
    c,
    name,
    'Secrets',
    secrets.length === 0 ? (
      <p class="empty">
        No secret yet. <a href={`${path}/setup#secret`}>Add the first in the set-up</a>.
      </p>
    ) : (
      <>
        <Missing source={source} />
        <Secrets noun="source" path={path} rotations={rotations} secrets={secrets} />
      </>
    ),
  )
})

const Missing: FC<{ source: SourceView }> = ({ source }) => {
  const why = refusesEverything(source)
  return (
    why !== null && (
      <p class="notice bad">
        {why.explanation} <a href={`${SOURCES.pathOf(source.name)}/setup#secret`}>Add it in the set-up</a>.
      </p>
    )
  )
}
