/** The card of outcomes: how the mail of the last day ended, beside the week before. */
import type { FC } from 'hono/jsx'
import { percent } from '../charts/percent.ts'
import { Facts, Part } from '../components.tsx'
import { type Compared, type Totals, dayOf, shareOf } from './day.ts'

interface OutcomeProps {
  readonly totals: Totals
  /** People who must not be written to, counted up to the bound; undefined for whoever may not see people. */
  readonly suppressed: number | undefined
  readonly nowMs: number
}

/** Counted up to here, since each is a row that is read. */
export const SUPPRESSED_MAX = 1_000

export const Outcome: FC<OutcomeProps> = ({ totals, suppressed, nowMs }) => {
  const [delivered, bounced, complaints] = (
    ['email.delivered', 'email.bounced', 'email.spam_reported'] as const
  ).map((type) => dayOf(totals, nowMs, type)) as [Compared, Compared, Compared]
  const less = ([a, b]: Compared, [c, d]: Compared): Compared => [
    a !== undefined && c !== undefined ? a - c : undefined,
    b !== undefined && d !== undefined ? b - d : undefined,
  ]
  return (
    <Part id="outcome" title="Outcome" aside={<a href="/deliverability">Deliverability</a>}>
      <Facts
        rows={[
          ['Delivered', <Share share={shareOf(delivered, bounced)} />],
          ['Bounced', <Share share={shareOf(bounced, delivered)} />],
          [
            'Complaints',
            <>
              {/* Of what was delivered. */}
              <Share share={shareOf(complaints, less(delivered, complaints))} />
              <span class="under">Gmail and Yahoo ask for less than 0.3 %</span>
            </>,
          ],
          suppressed !== undefined && ['Suppressed', <a href="/suppressions">{peopleWords(suppressed)}</a>],
        ]}
      />
    </Part>
  )
}

const peopleWords = (people: number): string =>
  people === 1
    ? '1 person'
    : `${people.toLocaleString('en')} people${people >= SUPPRESSED_MAX ? ' or more' : ''}`

const Share: FC<{ share: Compared }> = ({ share: [now, before] }) => (
  <>
    {now === undefined ? '–' : percent(now)}
    {before !== undefined && <span class="soft"> {percent(before)} a week before</span>}
  </>
)
