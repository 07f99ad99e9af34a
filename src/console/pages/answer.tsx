/** Pages as responses. */
import type { Child } from 'hono/jsx'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { ConsoleContext } from '../context.ts'
import { type FrameProps, page } from './layout.tsx'
import { NoticePage } from './notice-page.tsx'

/** A whole page. */
export const answerPage = async (
  c: ConsoleContext,
  frame: FrameProps,
  content: Child,
  status: ContentfulStatusCode = 200,
): Promise<Response> => c.html(await page({ ...frame, children: content }), status)

/** A page that says one thing. */
export const answerNotice = (
  c: ConsoleContext,
  status: ContentfulStatusCode,
  title: string,
  detail: string,
): Promise<Response> =>
  answerPage(
    c,
    { title: `${title} · Postern` },
    <NoticePage title={title} detail={detail} requestId={c.get('requestId')} />,
    status,
  )
