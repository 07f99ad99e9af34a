/** The capture of a source: its next refused deliveries, kept for an hour so that `postern verify` can judge them. */
import { CAPTURE_MAX_DELIVERIES, CAPTURE_MAX_SECONDS } from '../../../event/captured.ts'
import type { CapturedEntry } from '../../../refusals/captures.ts'
import { statusOf } from '../../../api/problem.ts'
import { notChanged } from '../../api/changes.ts'
import { beginCapture, endCapture } from '../../captures.ts'
import type { ConsoleContext } from '../../context.ts'
import { remedyOf } from '../../messages/refusal-remedies.ts'
import type { NotChanged } from '../../../registry/sources/source.ts'
import { answerNotice, answerPage } from '../answer.tsx'
import { Action, type Column, For, List, NoticeLine, When } from '../components.tsx'
import { notices, things } from '../notices.ts'
import { RequestLink } from '../request-link.tsx'
import { SOURCES } from '../sources/resource.ts'
import { capturedPath } from './captured.tsx'
import { capturePath } from './paths.ts'

const NOTICES = notices({
  good: {
    begun: 'The next refused deliveries are kept. Let the ESP send again, then load this page.',
    ended: (count) => `Ended. Deleted: ${things(count, 'request')}.`,
  },
  bad: {},
})

const columnsOf = (source: string): readonly Column<CapturedEntry>[] => [
  { label: 'When', kind: 'name', cell: ({ atMs }) => <When at={atMs} /> },
  {
    label: 'Why',
    kind: 'long',
    cell: ({ code }) => (
      <>
        {remedyOf(code).title}
        <span class="under">
          <code>{code}</code>
        </span>
      </>
    ),
  },
  { label: 'Size', kind: 'number', cell: ({ bytes }) => `${bytes.toLocaleString('en')} B` },
  { label: 'Request', kind: 'name', cell: ({ requestId }) => <RequestLink requestId={requestId} /> },
  {
    label: 'File',
    kind: 'name',
    role: 'operator',
    cell: ({ requestId }) => (
      <a href={capturedPath(source, requestId)}>
        Download<span class="visually-hidden"> {requestId}</span>
      </a>
    ),
  },
]

export const showCapture = SOURCES.with(async (c, { name }) => {
  const { refusalLog, nowMs } = c.get('context')
  const view = await refusalLog.viewCapture(name, nowMs)
  const isOn = view !== null && !view.full && nowMs < view.endsAtMs
  const path = capturePath(name)
  return answerPage(
    c,
    {
      title: `Capture · ${name}`,
      heading: 'Capture',
      back: { href: SOURCES.pathOf(name), text: name },
      aside: <a href={path}>Refresh</a>,
    },
    <>
      <p class="lead">
        {isOn ? (
          <>
            Refused deliveries of <code>{name}</code> are kept for a time: see below when that ends.
          </>
        ) : (
          <>
            Keeps the next refused deliveries of <code>{name}</code> whole and encrypted, for an hour at most.
          </>
        )}
      </p>
      <NoticeLine notice={NOTICES.of(new URL(c.req.url).searchParams)} />
      <div class="buttons after">
        <For role="operator">
          {!isOn && <Action action={`${path}/begin`} label="Capture the next ones" />}
          {view !== null && <Action action={`${path}/end`} label="End and delete" quiet />}
        </For>
      </div>
      {view !== null && (
        <p class="soft">
          {isOn ? 'Ends' : 'Ended'} <When at={Math.min(view.endsAtMs, isOn ? view.endsAtMs : nowMs)} />. All
          of it is deleted <When at={view.startedAtMs + CAPTURE_MAX_SECONDS * 1_000} />.
        </p>
      )}
      <div class="after">
        <List
          caption="Captured deliveries"
          columns={columnsOf(name)}
          rows={view?.captured ?? []}
          empty={isOn ? 'Nothing was refused since then.' : 'Nothing is captured.'}
        />
      </div>
      <p class="soft after">
        At most {CAPTURE_MAX_DELIVERIES} are kept. <code>postern verify FILE --source {name}</code> says what
        is wrong with one. A file can hold real secrets and addresses: delete it when you are done.
      </p>
    </>,
  )
})

export const begin = SOURCES.with(async (c, { name }) => {
  const begun = await beginCapture(c.get('context'), name, CAPTURE_MAX_SECONDS)
  return begun.ok ? c.redirect(`${capturePath(name)}?${NOTICES.query('begun')}`, 303) : refused(c, begun)
})

export const end = SOURCES.with(async (c, { name }) => {
  const ended = await endCapture(c.get('context'), name)
  return ended.ok
    ? c.redirect(`${capturePath(name)}?${NOTICES.query('ended', ended.deleted)}`, 303)
    : refused(c, ended)
})

function refused(c: ConsoleContext, why: NotChanged): Promise<Response> {
  const { code, detail } = notChanged(why)
  return answerNotice(c, statusOf(code), 'Not changed', detail)
}
