import type { FC } from 'hono/jsx'
import type { SuppressionEvidence } from '../../../store/suppressions.ts'
import { visibleText } from '../../../platform/visible.ts'
import { reasonWord } from '../../messages/suppressions.ts'
import { Badge, Shown, Under, When } from '../components.tsx'

interface Props {
  readonly reasons: readonly SuppressionEvidence[]
  /** Where a scope is lifted; absent where none can be. */
  readonly liftPath?: string
}

/** Why an address is suppressed: each reason with its evidence. */
export const SuppressionReasons: FC<Props> = ({ reasons, liftPath }) => (
  <ul class="plain-list">
    {reasons.map(({ reason, scope, since, source, evidence, note }) => (
      <li>
        <Badge tone="warn">{reasonWord(reason)}</Badge> <OnlyFor scope={scope} /> <When at={since} />
        {source !== null && ` from ${source}`} <Under text={note} max={200} />{' '}
        <Under text={evidence} max={200} />
        {scope !== null && liftPath !== undefined && (
          <a href={`${liftPath}?${new URLSearchParams({ scope }).toString()}`} data-open="dialog">
            Lift<span class="visually-hidden"> what holds for {visibleText(scope, 120)}</span>
          </a>
        )}
      </li>
    ))}
  </ul>
)

/** The mail that something holds for; nothing for all mail. */
export const OnlyFor: FC<{ scope: string | null | undefined }> = ({ scope }) =>
  typeof scope === 'string' && (
    <>
      only for <Shown text={scope} max={120} code />
    </>
  )
