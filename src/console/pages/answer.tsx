/** Pages as responses. */
import { html } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { type Problem, statusOf, titleOf } from '../../api/problem.ts'
import { utf8 } from '../../platform/bytes.ts'
import { NOBODY } from '../access/actor.ts'
import type { ConsoleContext } from '../context.ts'
import { listAddress } from './address.ts'
import { Copied, Facts, NoticeLine, Said } from './components.tsx'
import { SPECULATION_HEADER } from './files.ts'
import { type FrameProps, page } from './layout.tsx'
import { preferencesIn } from './preferences.ts'
import { type View, ViewContext } from './view.ts'

/** A whole page. With errors at its fields the status is 422, unless it is given. */
export async function answerPage(
  c: ConsoleContext,
  frame: FrameProps,
  content: Child,
  status: ContentfulStatusCode = frame.isWrong === true ? 422 : 200,
): Promise<Response> {
  const view = await viewOf(c)
  if (view.actor.role !== null) c.header(...SPECULATION_HEADER)
  return c.html(await page(frame, content, view), status)
}

/** A part of a page, for the script, which puts it into the page. */
export async function answerPart(c: ConsoleContext, content: Child): Promise<Response> {
  return c.html(await html`${<ViewContext.Provider value={await viewOf(c)}>{content}</ViewContext.Provider>}`)
}

/** The page before, if it is one of ours. */
function cameFrom(c: ConsoleContext): string | undefined {
  const before = URL.parse(c.req.header('referer') ?? '')
  if (before?.origin !== new URL(c.req.url).origin) return undefined
  const { pathname, searchParams } = before
  return listAddress(pathname, searchParams, { cursor: searchParams.get('cursor') ?? '' })
}

export async function viewOf(c: ConsoleContext): Promise<View> {
  // A console that is not set up has neither, and most pages of strangers have no session.
  const { isolate, context, session, openIncidents }: Partial<typeof c.var> = c.var
  return {
    nowMs: context?.nowMs ?? 0,
    actor: context?.actor ?? NOBODY,
    formToken: (session && (await isolate?.sessions.formToken(session))) ?? '',
    path: new URL(c.req.url).pathname,
    cameFrom: cameFrom(c),
    origin: new URL(c.req.url).origin,
    preferences: preferencesIn(c.req.header('cookie') ?? ''),
    openIncidents: (await openIncidents) ?? 0,
  }
}

/** A page that says one thing: not found, not allowed, not set up. */
export const answerNotice = (
  c: ConsoleContext,
  status: ContentfulStatusCode,
  title: string,
  detail: Child,
  [href, text]: readonly [href: string, text: string] = ['/', 'Home'],
): Promise<Response> =>
  answerPage(
    c,
    { title, narrow: true },
    <>
      <p class="lead">{typeof detail === 'string' ? <Said text={detail} /> : detail}</p>
      <p class="soft">
        Request <code>{c.get('requestId')}</code>
      </p>
      <p>
        <a href={href}>{text}</a>
      </p>
    </>,
    status,
  )

interface Once {
  readonly title: string
  readonly lead: Child
  readonly values: readonly (readonly [name: string, value: string])[]
  readonly problem?: string | false
  /** For whoever has stored them. */
  readonly next?: readonly [href: string, text: string]
}

/** Values that are shown once. Not a redirect: nothing keeps them. */
export const answerOnce = (
  c: ConsoleContext,
  { title, lead, values, problem = false, next }: Once,
): Promise<Response> =>
  answerPage(
    c,
    { title, narrow: true },
    <>
      <p class="lead">{lead}</p>
      {values.length > 0 && (
        <Facts rows={values.map(([name, value]) => [name, <Copied label={name} text={value} />])} />
      )}
      <NoticeLine notice={problem === false ? undefined : { tone: 'bad', text: problem }} />
      {next !== undefined && (
        <p class="after">
          <a class="button" href={next[0]}>
            {next[1]}
          </a>
        </p>
      )}
    </>,
  )

/** Says why the API refused, and leads back to the page with the button. */
export function answerProblem(c: ConsoleContext, { code, detail, problems }: Problem): Promise<Response> {
  c.set('code', code)
  const before = cameFrom(c)
  return answerNotice(
    c,
    statusOf(code),
    titleOf(code),
    problems?.map(({ path, problem }) => (path === '' ? problem : `${path}: ${problem}`)).join(' ') ?? detail,
    before === undefined ? undefined : [before, 'Back'],
  )
}

/** A file to be saved under a name, whole or in parts, which are asked for as fast as the browser takes them. */
export const answerFile = (
  c: ConsoleContext,
  name: string,
  type: string,
  body: string | AsyncGenerator<string>,
): Response =>
  c.body(typeof body === 'string' ? body : streamOf(body), 200, {
    'content-type': `${type}; charset=utf-8`,
    'content-disposition': `attachment; filename="${name}"`,
  })

const streamOf = (parts: AsyncGenerator<string>): ReadableStream<Uint8Array> =>
  new ReadableStream({
    async pull(out) {
      const { value, done } = await parts.next()
      if (done === true) out.close()
      else out.enqueue(utf8(value))
    },
  })
