/** Rights and form of a key of an ESP's API, where it is pasted. */
import type { FC } from 'hono/jsx'
import { keyFacts } from '../../../drivers/key-facts.ts'

export const KeyRights: FC<{ provider: string }> = ({ provider }) => {
  const facts = keyFacts(provider)
  if (facts === null) return null
  return (
    <>
      <p>Make a key for Postern alone, with the least rights:</p>
      <ul>
        {facts.rights.map((one) => (
          <li>
            <strong>{one.right}</strong>: {one.for.join(', ')}
          </li>
        ))}
      </ul>
      {facts.form !== null && (
        <p>
          Enter it as <code>{facts.form}</code>.
        </p>
      )}
      {facts.can_send && <p class="notice warn">{CAN_SEND}</p>}
    </>
  )
}

export const CAN_SEND = 'Such a key can also send mail. Keep it as safe as the key that you send with.'
