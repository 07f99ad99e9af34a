/** The capture of a source: its next refused deliveries, kept for an hour so that `postern verify` can judge them. */
import type { FC } from 'hono/jsx'
import { CAPTURE_MAX_DELIVERIES, CAPTURE_MAX_SECONDS } from '../../../event/captured.ts'
import { captureRoutes } from '../../../api/captures.ts'
import type { ParamsOf } from '../../../api/route.ts'
import type { CapturedEntry } from '../../../refusals/captures.ts'
import type { ConsoleContext } from '../../context.ts'
import { remedyOf } from '../../messages/refusal-remedies.ts'
import { answerFile, answerPage } from '../answer.tsx'
import { act } from '../call.ts'
import { confirmRoute } from '../form-route.tsx'
import { Action, type Column, For, List, NoticeLine, When } from '../components.tsx'
import { notices, things } from '../notices.ts'
import { RequestLink } from '../request-link.tsx'
import { SOURCES } from './resource.ts'

export const capturePath = (source: string): string => `${SOURCES.pathOf(source)}/capture`

/** The file of a captured delivery, for `postern verify`. */
const capturedPath = (source: string, requestId: string): string =>
  `${SOURCES.pathOf(source)}/captured/${requestId}`

const NOTICES = notices({
  good: {
    begun: 'The next refused deliveries are kept. Let the ESP send again, then load this page.',
    ended: (count) => `Ended. Deleted: ${things(count, 'request')}.`,
  },
})

const columnsOf = (source: string): readonly Column<CapturedEntry>[] => [
  { label: 'When', cell: ({ atMs }) => <When at={atMs} /> },
  {
    label: 'Why',
    kind: 'long',
    cell: ({ code }) => remedyOf(code).title,
    under: ({ code }) => <code>{code}</code>,
  },
  { label: 'Size', kind: 'number', cell: ({ bytes }) => `${bytes.toLocaleString('en')} B` },
  { label: 'Request', cell: ({ requestId }) => <RequestLink requestId={requestId} /> },
  {
    label: 'File',
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
    },
    <>
      <p class="lead">
        {isOn ? 'Keeps refused deliveries of ' : 'Keeps the next refused deliveries of '}
        <code>{name}</code>{' '}
        {isOn ? 'for a time: see below when that ends.' : 'whole and encrypted, for an hour at most.'}
      </p>
      <NoticeLine notice={NOTICES.of(new URL(c.req.url).searchParams)} />
      <div class="buttons after">
        <For role="operator">
          {!isOn && <Action action={`${path}/begin`} label="Capture the next ones" />}
          {view !== null && (
            <a class="button danger" data-open="dialog" href={`${path}/end`}>
              End and delete
            </a>
          )}
        </For>
      </div>
      {view !== null && (
        <p class="soft">
          {isOn ? 'Ends' : 'Ended'} <When at={isOn ? view.endsAtMs : Math.min(view.endsAtMs, nowMs)} />. All
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

const paramsOf = (c: ConsoleContext) => ({ name: c.req.param('name') ?? '' })

const backTo = (c: ConsoleContext, notice: string): Response =>
  c.redirect(`${capturePath(paramsOf(c).name)}?${notice}`, 303)

export const begin = act(
  captureRoutes.beginCapture,
  (c) => ({ params: paramsOf(c), body: { for_seconds: CAPTURE_MAX_SECONDS } }),
  (c) => backTo(c, NOTICES.query('begun')),
)

export const endPage = confirmRoute({
  of: (work) =>
    SOURCES.with(async (c, { name }) => {
      const { refusalLog, nowMs } = c.get('context')
      const view = await refusalLog.viewCapture(name, nowMs)
      return work(c, { name, count: view?.captured.length ?? 0 })
    }),
  shown: ({ name, count }: { readonly name: string; readonly count: number }) => ({
    title: `End the capture of ${name}`,
    label: 'End and delete',
    back: [capturePath(name), 'Capture'],
    lead: `Deleted for good: ${things(count, 'request')}. Refused deliveries are not kept any more.`,
  }),
  route: captureRoutes.endCapture,
  given: ({ name }) => ({ params: { name } }),
  done: (c, { count }) => backTo(c, NOTICES.query('ended', count)),
})

export const downloadCaptured = act(
  captureRoutes.readCaptured,
  (c) => ({ params: c.req.param() as ParamsOf<typeof captureRoutes.readCaptured> }),
  (c, found) => answerFile(c, `${found.request_id}.json`, 'application/json', JSON.stringify(found)),
)

/** A captured delivery: its file, and the command that judges it. */
export const Captured: FC<{ source: string; requestId: string }> = ({ source, requestId }) => (
  <p>
    A refused delivery was captured
    <For role="operator">
      : <a href={capturedPath(source, requestId)}>download it</a>
    </For>
    . This judges it on your machine, and finds what was changed in it:{' '}
    <code data-copy="the command">
      postern verify {requestId}.json --source {source}
    </code>
  </p>
)
