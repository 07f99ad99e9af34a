/** Steps of the story of a delivery, one below the other. */
import type { Child, FC } from 'hono/jsx'
import type { Tone } from '../../messages/tone.ts'
import { Clock, Shown } from '../components.tsx'

export interface Step {
  readonly tone: Tone
  readonly title: string
  /** Pieces of text, also from outside. */
  readonly says: readonly (string | null)[]
  /** Unix milliseconds; absent if nobody knows it. */
  readonly atMs?: number | undefined
  readonly list?: readonly string[]
  readonly action?: Child
}

const TEXT_MAX_CHARACTERS = 500

export const Story: FC<{ steps: readonly Step[] }> = ({ steps }) => (
  <ol class="story">
    {steps.map(({ tone, title, says, atMs, list = [], action = false }) => (
      <li>
        <span class={`dot ${tone}`} />
        <div>
          <strong>{title}</strong>{' '}
          {says
            .filter((text) => text !== null && text !== '')
            .map((text, i) => (
              <span class="soft">
                {i > 0 && ' · '}
                <Shown text={text} max={TEXT_MAX_CHARACTERS} />
              </span>
            ))}
          {list.length > 0 && (
            <ul>
              {list.map((one) => (
                <li>{one}</li>
              ))}
            </ul>
          )}{' '}
          {action}
        </div>
        {atMs !== undefined && <Clock at={atMs} />}
      </li>
    ))}
  </ol>
)
