import type { FC } from 'hono/jsx'
import { Action, Nothing, Shown } from '../components.tsx'
import { useMay } from '../view.ts'

/** An address with the way to the person's page. The form is posted, so that no address stands in a URL. */
export const PersonLink: FC<{ address: string | null }> = ({ address }) => {
  const mayOpen = useMay('operator')
  if (address === null) return <Nothing />
  return (
    <div class="buttons">
      <Shown text={address} max={320} />
      {mayOpen && <Action action="/search" fields={{ q: address }} label="All of this person" quiet />}
    </div>
  )
}
