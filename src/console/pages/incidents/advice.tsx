import type { FC } from 'hono/jsx'
import type { Incident } from '../../../watch/incidents/incident.ts'
import { Empty, Shown } from '../components.tsx'
import { Part } from '../destinations/part.tsx'

/** What to do, most urgent first, and the commands that do it. */
export const Advice: FC<{ incident: Incident }> = ({ incident: { advice, actions } }) => {
  const commands = actions.filter(({ command }) => command !== null)
  return (
    <Part id="to-do" title="What to do" lead="Most urgent first.">
      {advice.length === 0 && commands.length === 0 ? <Empty>Nothing is left to do.</Empty> : ''}
      <ol>
        {advice.map((line) => (
          <li>
            <Shown text={line} max={400} />
          </li>
        ))}
      </ol>
      {commands.length === 0 ? (
        ''
      ) : (
        <>
          <h3>On the command line</h3>
          <dl class="facts">
            {commands.map(({ label, command }) => (
              <>
                <dt>{label}</dt>
                <dd>
                  <Shown text={command} max={400} code />
                </dd>
              </>
            ))}
          </dl>
        </>
      )}
    </Part>
  )
}
