import type { FC } from 'hono/jsx'
import type { Incident, RecommendedAction } from '../../../watch/incidents/incident.ts'
import { Action, Empty, Facts, Shown } from '../components.tsx'
import { Part, type PartView } from '../destinations/part.tsx'

/** Names a recommended containment in a form; null for an action that is none. */
export const containField = ({ source, contain }: RecommendedAction): string | null =>
  contain === null ? null : JSON.stringify([source, contain])

/** Recommendations, most urgent first: advice, buttons that contain, and the commands that do the same. */
export const Advice: FC<{ incident: Incident; view: PartView }> = ({ incident, view }) => {
  const { advice, actions } = incident
  const commands = actions.filter(({ command }) => command !== null)
  return (
    <Part id="to-do" title="What to do" lead="Most urgent first.">
      {advice.length === 0 && actions.length === 0 ? <Empty>Nothing is left to do.</Empty> : ''}
      <ol>
        {advice.map((line) => (
          <li>
            <Shown text={line} max={400} />
          </li>
        ))}
      </ol>
      {view.mayAct ? <Buttons incident={incident} view={view} /> : ''}
      {commands.length === 0 ? (
        ''
      ) : (
        <>
          <h3>On the command line</h3>
          <Facts
            rows={commands.map(({ label, command }) => [
              <Shown text={label} max={200} />,
              <Shown text={command} max={400} code />,
            ])}
          />
        </>
      )}
    </Part>
  )
}

/** Only containments: all else has its own form on the page. */
const Buttons: FC<{ incident: Incident; view: PartView }> = ({
  incident: { actions },
  view: { path, formToken },
}) => {
  const containing = actions.filter(({ contain }) => contain !== null)
  return containing.length === 0 ? (
    ''
  ) : (
    <div class="buttons after">
      {containing.map((one) => (
        <Action
          action={`${path}/contain`}
          formToken={formToken}
          fields={{ contain: containField(one) ?? '' }}
          label={one.label}
          quiet
        />
      ))}
    </div>
  )
}
