/** The first three steps, for an installation that nothing came to yet. */
import type { Child, FC } from 'hono/jsx'
import { mayEverywhere } from '../../access/actor.ts'
import { segment } from '../activity/kind.ts'
import { Badge, Part } from '../components.tsx'
import { NEW_SOURCE, SOURCES } from '../sources/resource.ts'
import { useView } from '../view.ts'

interface StepsProps {
  readonly sources: number
  /** Undefined for whoever does not see them. */
  readonly destinations: number | undefined
}

export const Steps: FC<StepsProps> = ({ sources, destinations }) => (
  <Part id="steps" title="First steps" lead="Events show up here as soon as an ESP sends the first one.">
    <ol class="steps">
      <Step state={sources > 0 ? 'done' : 'next'}>
        <a href={mayEverywhere(useView().actor, 'operator') ? NEW_SOURCE : SOURCES.path}>Add a source</a>:
        choose your ESP, and get the address to enter there.
      </Step>
      <Step state={sources > 0 ? 'next' : 'later'}>
        <a href="/sources">See the first delivery arrive</a>, or{' '}
        <a href={segment('refused')}>why it was refused</a>.
      </Step>
      {destinations !== undefined && (
        <Step state={destinations > 0 ? 'done' : 'later'}>
          <a href="/destinations">Add a destination</a>: an endpoint of yours that gets each event, signed.
        </Step>
      )}
    </ol>
  </Part>
)

const Step: FC<{ state: 'done' | 'next' | 'later'; children?: Child }> = ({ state, children }) => (
  <li>
    {children} {state === 'done' && <Badge tone="good">✓ done</Badge>}
    {state === 'next' && <Badge tone="warn">next</Badge>}
  </li>
)
