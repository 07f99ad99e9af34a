/** The frame of the pages of one thing that has tabs: its name, its tabs, and the notice of the last action. */
import type { Child } from 'hono/jsx'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { ConsoleContext } from '../context.ts'
import { answerPage } from './answer.tsx'
import { NoticeLine } from './components.tsx'
import type { FrameProps } from './layout.tsx'
import type { Place } from './navigation.ts'
import type { Resource } from './resource.ts'

interface Tab extends Omit<Place, 'href'> {
  /** Behind the path of the thing: `/settings`. */
  readonly path: string
}

interface TabbedOptions {
  readonly of: Pick<Resource<never, never>, 'path' | 'pathOf' | 'noticeIn'>
  /** `Source`; the list of all has its plural as the title. */
  readonly noun: string
  readonly tabs: readonly Tab[]
}

/** @returns answers a page of one thing. `tab` stands before the name in the title; it is empty for the first tab. */
export const tabbed =
  ({ of, noun, tabs }: TabbedOptions) =>
  (
    c: ConsoleContext,
    name: string,
    tab: string,
    content: Child,
    frame: Partial<FrameProps> = {},
    status?: ContentfulStatusCode,
  ): Promise<Response> =>
    answerPage(
      c,
      {
        title: tab === '' ? name : `${tab} · ${name}`,
        heading: name,
        back: { href: of.path, text: `${noun}s` },
        tabs: {
          label: `${noun} ${name}`,
          places: tabs.map(({ path, ...place }) => ({ ...place, href: `${of.pathOf(name)}${path}` })),
        },
        ...frame,
      },
      <>
        <NoticeLine notice={of.noticeIn(c)} />
        {content}
      </>,
      status,
    )
