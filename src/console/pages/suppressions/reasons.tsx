import type { FC } from 'hono/jsx'
import type { SuppressionEvidence } from '../../../store/suppressions.ts'
import { visibleText } from '../../../platform/visible.ts'
import { reasonWord } from '../../messages/suppressions.ts'
import { Badge, Shown, Under, When } from '../components.tsx'

interface Props {
  readonly reasons: readonly SuppressionEvidence[]
  /** Reasons whose time is over. */
  readonly expired?: readonly SuppressionEvidence[]
  /** Where a scope is lifted; absent where none can be. */
  readonly liftPath?: string
}

/** Why an address is suppressed: each reason with its evidence. */
export const SuppressionReasons: FC<Props> = ({ reasons, expired = [], liftPath }) => (
  <ul class="plain-list">
    {[...reasons, ...expired].map((one) => {
      const { reason, scope, since, source, evidence, note } = one
      return (
        <li>
          <Badge tone={expired.includes(one) ? 'plain' : 'warn'}>{reasonWord(reason)}</Badge>{' '}
          <OnlyFor scope={scope} /> <When at={since} />
          {source !== null && ` from ${source}`} <Under text={note} max={200} />{' '}
          <Under text={evidence} max={200} />
          <Term of={one} isOver={expired.includes(one)} />
          {scope !== null && liftPath !== undefined && (
            <a href={`${liftPath}?${new URLSearchParams({ scope }).toString()}`} data-open="dialog">
              Lift<span class="visually-hidden"> what holds for {visibleText(scope, 120)}</span>
            </a>
          )}
        </li>
      )
    })}
  </ul>
)

/** Which rule made it, and when it ends. */
const Term: FC<{ of: SuppressionEvidence; isOver: boolean }> = ({
  of: { rule, expires_at: expires, provisional },
  isOver,
}) =>
  (rule !== null || expires !== null) && (
    <span class="under">
      {rule !== null && `By rule ${rule} of the policy. `}
      {expires === null ? 'It does not expire.' : isOver ? 'It expired ' : 'It expires '}
      {expires !== null && <When at={expires} />}
      {provisional && '. Provisional: too many bounced at this mailbox provider at once.'}
    </span>
  )

/** The mail that something holds for; nothing for all mail. */
export const OnlyFor: FC<{ scope: string | null | undefined }> = ({ scope }) =>
  typeof scope === 'string' && (
    <>
      only for <Shown text={scope} max={120} code />
    </>
  )
