/** Whether a person may be written to: why not, all evidence, who lifted it, and the forms that change it. */
import type { Child, FC } from 'hono/jsx'
import { NOTE_MAX_CHARACTERS } from '../../../api/address.ts'
import type { Problem } from '../../../api/problem.ts'
import { suppressionRoutes } from '../../../api/suppressions.ts'
import { type SuppressionHistory, suppressionHistory } from '../../../store/suppression-history.ts'
import { SUPPRESSION_REASONS, type SuppressionReason } from '../../../store/suppression-reasons.ts'
import { type Suppression, findSuppression } from '../../../store/suppressions.ts'
import type { ConsoleContext } from '../../context.ts'
import { type TokenNames, actorName, tokenNames } from '../../messages/actor.ts'
import { eventTimeMs, eventTone, eventWord } from '../../messages/events.ts'
import type { SoughtPerson } from '../../people/parts.ts'
import { answered } from '../../request-context.ts'
import { answerProblem } from '../answer.tsx'
import { call } from '../call.ts'
import { Action, Badge, type Column, Empty, List, NoticeLine, Part, Shown, When } from '../components.tsx'
import { deliveryPath } from '../delivery/paths.ts'
import { Form, TextField, field } from '../form.tsx'
import { notices } from '../notices.ts'
import { OnlyFor, SuppressionReasons } from '../suppressions/reasons.tsx'
import { personPath } from './person.tsx'

export const PERSON_NOTICES = notices({
  good: {
    suppressed: 'The address is suppressed.',
    scope_suppressed: 'Nobody may send that mail to the address any more.',
    suppressed_before: 'The address was suppressed already. A new note replaces the old one.',
    suppressed_again: 'The address is suppressed again, for the same reasons, as of now.',
    lifted: 'The address is no longer suppressed.',
    scope_lifted: 'What held for that mail only is lifted.',
  },
})

type Code = Parameters<typeof PERSON_NOTICES.query>[0]

const leadTo = (
  c: ConsoleContext,
  { index }: SoughtPerson,
  code: Code,
  more: Readonly<Record<string, string>> = {},
): Response => {
  const query = [PERSON_NOTICES.query(code), new URLSearchParams(more).toString()].filter(Boolean).join('&')
  return c.redirect(`${personPath(index)}?${query}`, 303)
}

/** The scope that a form or an address names, as parameters of another; nothing for all mail. */
const scopeFields = (scope: string | null): { scope?: string } => (scope === null ? {} : { scope })

const scopeOf = (c: ConsoleContext): string | null => field(c, 'scope') || null

/** Reasons that hold for all mail, or for a scope. */
async function reasonsFor(c: ConsoleContext, { address }: SoughtPerson, scope: string | null) {
  const found = await findSuppression(c.get('context').store, address, scope)
  return (found?.reasons ?? []).flatMap((one) => (one.scope === scope ? one.reason : []))
}

export async function suppressPerson(
  c: ConsoleContext,
  person: SoughtPerson,
  note: string,
  scope: string | null = null,
): Promise<Response | Problem> {
  const before = await reasonsFor(c, person, scope)
  const body = { address: person.address, note, ...scopeFields(scope) }
  const added = await call(c, suppressionRoutes.addSuppression, { body })
  if (!added.ok) return added
  if (before.length > 0) return leadTo(c, person, 'suppressed_before')
  return leadTo(c, person, scope === null ? 'suppressed' : 'scope_suppressed', scopeFields(scope))
}

export async function suppressThis(c: ConsoleContext, person: SoughtPerson): Promise<Response> {
  const done = await suppressPerson(c, person, field(c, 'note'))
  return done instanceof Response ? done : answerProblem(c, done)
}

export async function liftThis(c: ConsoleContext, person: SoughtPerson): Promise<Response> {
  const scope = scopeOf(c)
  const was = (await reasonsFor(c, person, scope)).join('.')
  const { address } = person
  const given = { params: { address }, query: scopeFields(scope) as Record<string, string> }
  const lifted = await call(c, suppressionRoutes.removeSuppression, given)
  if (!lifted.ok) return answerProblem(c, lifted)
  return leadTo(c, person, scope === null ? 'lifted' : 'scope_lifted', { was, ...scopeFields(scope) })
}

/** Takes back a lifting: imports the same reasons, as of now. */
export async function suppressThisAgain(c: ConsoleContext, person: SoughtPerson): Promise<Response> {
  const { address } = person
  const of = { address, ...scopeFields(scopeOf(c)) }
  const entries = reasonsIn(field(c, 'was')).map((reason) => ({ ...of, reason }))
  const again = await call(c, suppressionRoutes.importSuppressions, { body: { entries } })
  return again.ok ? leadTo(c, person, 'suppressed_again') : answerProblem(c, again)
}

/** Reasons that a form or an address names; by hand if it names none. */
function reasonsIn(text: string): readonly SuppressionReason[] {
  const named = text.split('.')
  const reasons = SUPPRESSION_REASONS.filter((reason) => named.includes(reason))
  return reasons.length === 0 ? ['manual'] : reasons
}

/** The notice of the last change, with a button that takes it back. */
export const ChangeNotice: FC<{ person: SoughtPerson; query: URLSearchParams }> = ({ person, query }) => {
  const notice = PERSON_NOTICES.of(query)
  const path = personPath(person.index)
  const was = reasonsIn(query.get('was') ?? '').join('.')
  const scope = scopeFields(query.get('scope'))
  return (
    <NoticeLine notice={notice}>
      {(notice?.code === 'lifted' || notice?.code === 'scope_lifted') && (
        <Action
          action={`${path}/suppress-again`}
          fields={{ was, ...scope }}
          label="Undo: suppress it again"
          quiet
        />
      )}
      {(notice?.code === 'suppressed' || notice?.code === 'scope_suppressed') && (
        <Action action={`${path}/lift`} fields={scope} label="Undo: lift it" quiet />
      )}
    </NoticeLine>
  )
}

interface Known {
  /** Null if there is none. */
  readonly suppression: Suppression | null | undefined
  readonly history: SuppressionHistory | undefined
  readonly names: TokenNames
}

/** A part is undefined if the store did not answer. */
export async function readSuppression(c: ConsoleContext, { address }: SoughtPerson): Promise<Known> {
  const context = c.get('context')
  const { store, nowMs, registry } = context
  const [suppression, history, tokens] = await Promise.all([
    answered(context, 'suppressions', async () => (await findSuppression(store, address)) ?? null),
    answered(context, 'suppressions', () => suppressionHistory(store, address, nowMs)),
    answered(context, 'registry', () => registry.operators.tokens()),
  ])
  return { suppression, history, names: tokenNames(tokens ?? []) }
}

export const SuppressionPart: FC<Known & { person: SoughtPerson }> = ({ person, ...known }) => {
  const { suppression, history, names } = known
  return (
    <Part id="suppression" title="May this address be written to?">
      <Answer suppression={suppression} path={personPath(person.index)} />
      {(history === undefined || history.evidence.length + history.liftings.length > 0) && (
        <>
          <h3>All evidence, and who lifted it</h3>
          <List
            caption="Evidence and liftings"
            columns={CHANGE_COLUMNS}
            rows={history && changesOf(history, names)}
            unread="The store did not answer."
            empty=""
          />
        </>
      )}
    </Part>
  )
}

const Answer: FC<{ suppression: Known['suppression']; path: string }> = ({ suppression, path }) => {
  if (suppression === undefined) return <Empty>The store did not answer.</Empty>
  const { reasons, scopes } = suppression ?? { reasons: [], scopes: [] }
  const liftPath = `${path}/lift`
  const others = scopes.length > 0 && <SuppressionReasons reasons={scopes} liftPath={liftPath} />
  if (reasons.length === 0)
    return (
      <>
        {scopes.length === 0 ? (
          <p class="notice good">Yes: it is not suppressed.</p>
        ) : (
          <p class="notice warn">Yes, but nobody may send it mail of these scopes.</p>
        )}
        {others}
        <Form action={`${path}/suppress`} label="Suppress it" look="quiet">
          <TextField name="note" label="Why nobody may write to it" maxlength={NOTE_MAX_CHARACTERS} isProse />
        </Form>
      </>
    )
  return (
    <>
      <p class="notice warn">No: it is suppressed.</p>
      <SuppressionReasons reasons={reasons} />
      <p class="soft">
        Lifting ends every reason that holds for all mail, complaints and unsubscribes too. What happens later
        counts again.
      </p>
      <Action action={liftPath} label="Lift the suppression" quiet />
      {others !== false && <p class="soft">This holds for some mail only, and stays:</p>}
      {others}
    </>
  )
}

/** One piece of evidence, or a lifting. */
interface Change {
  readonly atMs: number
  readonly href: string | undefined
  readonly what: Child
  readonly who: string
  readonly words: string | null
}

const changesOf = ({ evidence, liftings }: SuppressionHistory, names: TokenNames): readonly Change[] =>
  [
    ...evidence.map((event) => ({
      atMs: eventTimeMs(event),
      href: deliveryPath(event.id),
      what: (
        <>
          <Badge tone={eventTone(event.type)}>
            {event.bounce_type === null ? eventWord(event.type) : `${event.bounce_type} bounce`}
          </Badge>{' '}
          <OnlyFor scope={event.scope} />
        </>
      ),
      who: event.source,
      words: event.reason ?? event.native_type,
    })),
    ...liftings.map(({ at, by, source, reading, scope }) => ({
      atMs: Date.parse(at),
      href: undefined,
      what: (
        <>
          <Badge tone="good">lifted</Badge> <OnlyFor scope={scope} />
        </>
      ),
      who: source ?? (by === null ? 'an import or a restore' : actorName(by, names)),
      words:
        source === null
          ? `${reading === null ? '' : `In a review of the reading ${reading}. `}Earlier evidence does not count.`
          : 'Subscribed again: its own unsubscribes do not count.',
    })),
  ].toSorted((a, b) => b.atMs - a.atMs)

const CHANGE_COLUMNS: readonly Column<Change>[] = [
  {
    label: 'When',
    cell: ({ atMs, href }) =>
      href === undefined ? (
        <When at={atMs} />
      ) : (
        <a class="row-link" href={href}>
          <When at={atMs} />
        </a>
      ),
  },
  { label: 'What', cell: ({ what }) => what },
  { label: 'Source or operator', cell: ({ who }) => <Shown text={who} max={120} /> },
  { label: 'In its words', kind: 'long', cell: ({ words }) => <Shown text={words} max={300} /> },
]
