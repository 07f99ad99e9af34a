/** A captured delivery: its file, and the command that judges it. */
import type { FC } from 'hono/jsx'
import { For } from '../components.tsx'
import { capturedPath } from './paths.ts'

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
