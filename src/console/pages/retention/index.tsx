/** Retention: for how long each kind of thing is kept, what goes next, and what is held. */
import { type RetentionAnswer, type SettingAnswer, settingsOf } from '../../../api/retention.ts'
import type { ConsoleContext } from '../../context.ts'
import { answered } from '../../request-context.ts'
import { nextNightMs, retentionAnswer } from '../../retention/status.ts'
import { answerNotice, answerPage } from '../answer.tsx'
import { Clock, type Column, Facts, For, List, NoticeLine, Part, Shown, Table, When } from '../components.tsx'
import { notices } from '../notices.ts'
import type { PageRoute } from '../route.ts'
import { editPage } from './edit.tsx'
import { settingRow } from '../../../registry/retention/kinds.ts'
import { RETENTION_PATH, daysText, goesWords } from './values.ts'

const NOTICES = notices({
  good: { changed: 'Retention is changed.', unchanged: 'Nothing was changed: it was so already.' },
})

type Hold = RetentionAnswer['document']['holds'][number]

const COLUMNS: readonly Column<SettingAnswer>[] = [
  {
    label: 'Setting',
    kind: 'long',
    cell: ({ setting }) => settingRow(setting).things,
    under: ({ setting }) => <code>{setting}</code>,
  },
  { label: 'Kind', cell: ({ kind }) => <code>{kind}</code> },
  { label: 'Days', kind: 'number', cell: ({ days }) => daysText(days) },
  { label: 'Oldest', cell: ({ kept_since: since }) => <When at={since} /> },
  { label: 'Next night removes', kind: 'number', cell: goesWords },
  {
    label: 'Last run',
    cell: ({ last_run: run }) => <When at={run?.at} />,
    under: ({ last_run: run }) =>
      run !== null && (
        <>
          {run.fault === null ? `removed ${run.removed}` : '✕ failed: '}
          {run.fault !== null && <code>{run.fault}</code>}
          {run.is_more && ', more is left'}
        </>
      ),
  },
]

const HOLDS: readonly Column<Hold>[] = [
  {
    label: 'Held',
    kind: 'address',
    cell: ({ source, person }) =>
      source === undefined ? (
        <Shown text={person ?? 'a person'} max={320} />
      ) : (
        <a href={`/sources/${encodeURIComponent(source)}`}>
          <Shown text={source} max={64} />
        </a>
      ),
  },
  { label: 'Since', cell: ({ since }) => <When at={since} /> },
  { label: 'Why', kind: 'long', cell: ({ reason }) => <Shown text={reason} max={500} /> },
]

async function showRetention(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  const answer = await answered(context, 'retention', async () =>
    retentionAnswer(context, await context.registry.retention.read()),
  )
  if (answer === undefined)
    return answerNotice(c, 503, 'No answer', 'The registry did not answer, or no master key opens the holds.')
  const { kinds, document, updated_at: updatedAt } = answer
  const byType = Object.entries(document.events_by_type)
  return answerPage(
    c,
    {
      title: 'Retention',
      aside: (
        <For role="admin">
          <a class="button" href={`${RETENTION_PATH}/edit`}>
            Change
          </a>
        </For>
      ),
    },
    <>
      <p class="lead">
        For how many days each kind of thing is kept. What is too old is removed each night, next at{' '}
        <Clock at={nextNightMs(context.nowMs)} />.{' '}
        {updatedAt === null ? (
          'Nobody has changed the defaults yet.'
        ) : (
          <>
            Changed <When at={updatedAt} />.
          </>
        )}
      </p>
      <NoticeLine notice={NOTICES.of(new URL(c.req.url).searchParams)} />
      <div class="after">
        <Table caption="What is kept" columns={COLUMNS} rows={settingsOf(kinds)} />
      </div>
      {byType.length > 0 && (
        <Part id="types" title="Events of one type">
          <Facts rows={byType.map(([type, days]) => [type, days === null ? 'no limit' : `${days} days`])} />
        </Part>
      )}
      <Part id="holds" title="Holds" lead="What a case needs stays, however old it is.">
        <List caption="Holds" columns={HOLDS} rows={document.holds} empty="Nothing is held." />
      </Part>
    </>,
  )
}

export const retentionPages: readonly PageRoute[] = [
  { path: RETENTION_PATH, who: 'viewer', allSources: true, get: showRetention },
  { path: `${RETENTION_PATH}/edit`, who: 'admin', allSources: true, ...editPage },
]
