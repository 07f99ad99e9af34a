import type { FC } from 'hono/jsx'
import type { SuppressionEvidence } from '../../../store/suppressions.ts'
import { reasonWord } from '../../messages/suppressions.ts'
import { Badge, Under, When } from '../components.tsx'

/** Why an address is suppressed: each reason with its evidence. */
export const SuppressionReasons: FC<{ reasons: readonly SuppressionEvidence[] }> = ({ reasons }) => (
  <ul class="plain-list">
    {reasons.map(({ reason, since, source, evidence, note }) => (
      <li>
        <Badge tone="warn">{reasonWord(reason)}</Badge> <When at={since} />
        {source !== null && ` from ${source}`}
        <Under text={note} max={200} />
        <Under text={evidence} max={200} />
      </li>
    ))}
  </ul>
)
