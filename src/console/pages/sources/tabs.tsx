/** The frame of the pages of one source: its name, and its tabs. */
import type { Child } from 'hono/jsx'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { type Actor, may } from '../../access/actor.ts'
import type { ConsoleContext } from '../../context.ts'
import { answerPage } from '../answer.tsx'
import type { FrameProps } from '../layout.tsx'
import { SOURCES } from './resource.ts'

const tabsOf = (name: string) => {
  const path = SOURCES.pathOf(name)
  return {
    label: `Source ${name}`,
    places: [
      { href: path, text: 'Activity' },
      { href: `${path}/setup`, text: 'Set-up' },
      { href: `${path}/signals`, text: 'Signals' },
      {
        href: `${path}/settings`,
        text: 'Settings',
        isShownTo: (actor: Actor) => may(actor, 'operator'),
      },
      { href: `${path}/secrets`, text: 'Secrets' },
    ],
  }
}

/** @param tab the name of the page, behind that of the source in the title; empty for the first */
export const answerSource = (
  c: ConsoleContext,
  name: string,
  tab: string,
  content: Child,
  frame: Partial<FrameProps> = {},
  status: ContentfulStatusCode = 200,
): Promise<Response> =>
  answerPage(
    c,
    {
      title: tab === '' ? name : `${tab} · ${name}`,
      heading: name,
      back: { href: SOURCES.path, text: 'Sources' },
      tabs: tabsOf(name),
      ...frame,
    },
    content,
    status,
  )
