/** One part of the installation as a surface: how it does, two or three facts, one action, and more in a fold. */
import type { Child, FC } from 'hono/jsx'
import type { Tone } from '../../messages/tone.ts'
import { Clock, type Fact, Facts, Part, State } from '../components.tsx'
import { notices, things } from '../notices.ts'

export const SYSTEM_PATH = '/system'

export const SYSTEM_NOTICES = notices({
  good: {
    applied: (count) => `The configuration is applied: ${things(count, 'change')}.`,
    changed: 'Retention is changed.',
    unchanged: 'Nothing was changed: it was so already.',
    made: (count) => `The backup is made, with ${things(count, 'source')}.`,
  },
})

/** The address after an action. */
export const systemAfter = (...notice: Parameters<typeof SYSTEM_NOTICES.query>): string =>
  `${SYSTEM_PATH}?${SYSTEM_NOTICES.query(...notice)}`

export type Doing = readonly [tone: Tone, word: Child]

/** The state of a card whose facts could not be read. */
export const UNREAD: Doing = ['bad', 'does not answer']

interface CardProps {
  readonly id: string
  readonly title: string
  readonly doing?: Doing
  readonly facts?: readonly (Fact | false)[]
  readonly children?: Child
}

export const Card: FC<CardProps> = ({ id, title, doing, facts = [], children }) => (
  <Part id={id} title={title} aside={doing !== undefined && <State tone={doing[0]}>{doing[1]}</State>}>
    <Facts rows={facts} />
    {children}
  </Part>
)

/** An amount, and since when. */
export const Since: FC<{ what: string; since: string | null }> = ({ what, since }) => (
  <>
    {what}
    {since !== null && (
      <>
        , since <Clock at={Date.parse(since)} />
      </>
    )}
  </>
)
