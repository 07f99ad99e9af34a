/** The frame of the pages of one destination: its name, and its tabs. */
import type { Child } from 'hono/jsx'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { type Actor, may } from '../../access/actor.ts'
import type { ConsoleContext } from '../../context.ts'
import { answerPage } from '../answer.tsx'
import { NoticeLine } from '../components.tsx'
import type { FrameProps } from '../layout.tsx'
import { DESTINATIONS } from './resource.ts'

const isOperator = (actor: Actor): boolean => may(actor, 'operator')

const tabsOf = (name: string) => {
  const path = DESTINATIONS.pathOf(name)
  return {
    label: `Destination ${name}`,
    places: [
      { href: path, text: 'Activity' },
      { href: `${path}/waiting`, text: 'Waiting' },
      { href: `${path}/dead-letters`, text: 'Dead letters' },
      { href: `${path}/filter`, text: 'Filter', isShownTo: isOperator },
      { href: `${path}/settings`, text: 'Settings' },
      { href: `${path}/secrets`, text: 'Secrets' },
    ],
  }
}

/** @param tab the name of the page, before that of the destination in the title; empty for the first */
export const answerDestination = (
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
      back: { href: DESTINATIONS.path, text: 'Destinations' },
      tabs: tabsOf(name),
      ...frame,
    },
    <>
      <NoticeLine notice={DESTINATIONS.noticeIn(c)} />
      {content}
    </>,
    status,
  )
