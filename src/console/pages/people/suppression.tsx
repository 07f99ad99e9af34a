/** Whether a person may be written to: why not, who lifted it, and the forms that change it. */
import type { FC } from 'hono/jsx'
import { NOTE_MAX_CHARACTERS, readAddress } from '../../../api/address.ts'
import type { Explanation } from '../../../api/policy.ts'
import { suppressionRoutes } from '../../../api/suppressions.ts'
import { causeWord } from '../../../event/cause/causes.ts'
import { liftingsOf } from '../../../store/suppression-history.ts'
import { SUPPRESSION_REASONS, type SuppressionReason } from '../../../store/suppression-reasons.ts'
import { type Suppression, findSuppression } from '../../../store/suppressions.ts'
import type { ConsoleContext } from '../../context.ts'
import { suppressionHolders } from '../../esp-accounts.ts'
import { actorName, tokenNames } from '../../messages/actor.ts'
import { reasonWord } from '../../messages/suppressions.ts'
import type { SoughtPerson } from '../../people/parts.ts'
import { soughtPerson } from '../../people/person.ts'
import { explanation } from '../../policy.ts'
import { answered } from '../../request-context.ts'
import { answerProblem } from '../answer.tsx'
import { call } from '../call.ts'
import { Action, Badge, type Column, NoticeLine, Part, Shown, State, Table, When } from '../components.tsx'
import { confirmRoute, formRoute } from '../form-route.tsx'
import { TextField, field } from '../form.tsx'
import { notices, things } from '../notices.ts'
import type { Finder } from '../route.ts'
import { OnlyFor, SuppressionReasons } from '../suppressions/reasons.tsx'
import { ScopeField } from '../suppressions/scope.tsx'
import { personPath, withPerson } from './person.tsx'

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
const scopeFields = (scope: string | null): Readonly<Record<string, string>> =>
  scope === null ? {} : { scope }

const scopeOf = (c: ConsoleContext): string | null =>
  (c.req.method === 'POST' ? field(c, 'scope') : c.req.query('scope')) || null

/** Reasons that hold for all mail, or for a scope. */
async function reasonsFor(c: ConsoleContext, { address }: SoughtPerson, scope: string | null) {
  const { store, nowMs } = c.get('context')
  const found = await findSuppression(store, address, nowMs, scope)
  return (found?.reasons ?? []).flatMap((one) => (one.scope === scope ? one.reason : []))
}

/** The form that suppresses somebody. @param of finds the person; absent for whoever is named in the form */
export const suppressForm = (of?: Finder<SoughtPerson | undefined>) =>
  formRoute<
    { readonly address: string; readonly note: string; readonly scope: string },
    SoughtPerson | undefined
  >({
    ...(of && { of }),
    shown: (person) => ({
      title: 'Suppress an address',
      label: 'Suppress',
      back: person === undefined ? ['/suppressions', 'Suppressions'] : [personPath(person.index), 'Person'],
      lead: 'Whoever asks the API before sending is told not to send to it, until you lift it.',
    }),
    values: () => ({ address: '', note: '', scope: '' }),
    Fields: ({ thing: person }) => (
      <>
        {person === undefined && <TextField name="address" label="Address" inputmode="email" required />}
        <ScopeField label="Only for this mail" />
        <TextField name="note" label="Why nobody may write to it" maxlength={NOTE_MAX_CHARACTERS} isProse />
      </>
    ),
    async save(c, known, { address, note, scope: typed }) {
      const scope = typed || null
      const person = known ?? (await soughtPerson(c.get('context'), readAddress(address) ?? address))
      const before = await reasonsFor(c, person, scope)
      const body = { address: person.address, note, ...scopeFields(scope) }
      const added = await call(c, suppressionRoutes.addSuppression, { body })
      if (!added.ok) return added
      if (before.length > 0) return leadTo(c, person, 'suppressed_before')
      return leadTo(c, person, scope === null ? 'suppressed' : 'scope_suppressed', scopeFields(scope))
    },
  })

interface Lifted {
  readonly person: SoughtPerson
  readonly scope: string | null
  readonly was: readonly SuppressionReason[]
  /** Sources whose ESP has a list of its own. */
  readonly heldAt: readonly string[]
}

export const liftPage = confirmRoute({
  of: (work: Parameters<Finder<Lifted>>[0]) =>
    withPerson(async (c, person) => {
      const scope = scopeOf(c)
      const context = c.get('context')
      const heldAt = (await answered(context, 'registry', () => suppressionHolders(context))) ?? []
      return work(c, { person, scope, was: await reasonsFor(c, person, scope), heldAt })
    }),
  shown: ({ person: { index, address }, scope, was, heldAt }) => ({
    title: 'Lift the suppression',
    label: 'Lift',
    back: [personPath(index), 'Person'],
    lead: (
      <>
        <Shown text={address} max={320} /> may then be written to. It ends {things(was.length, 'reason')}
        {was.length > 0 && `: ${was.map(reasonWord).join(', ')}`}. What happens later counts again.
        {heldAt.length > 0 && (
          <>
            {' '}
            The ESP of {heldAt.join(', ')} may still hold the address, and then sends nothing to it.{' '}
            <a href="/suppressions/sync">Sync</a> removes it there.
          </>
        )}
      </>
    ),
    hidden: scopeFields(scope),
  }),
  route: suppressionRoutes.removeSuppression,
  given: ({ person: { address }, scope }) => ({ params: { address }, query: scopeFields(scope) }),
  done: (c, { person, scope, was }) =>
    leadTo(c, person, scope === null ? 'lifted' : 'scope_lifted', {
      was: was.join('.'),
      ...scopeFields(scope),
    }),
})

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

/** Null if there is none, undefined if the store did not answer. */
export type Known = Suppression | null | undefined

export const readSuppression = (c: ConsoleContext, { address }: SoughtPerson): Promise<Known> => {
  const context = c.get('context')
  return answered(
    context,
    'suppressions',
    async () => (await findSuppression(context.store, address, context.nowMs)) ?? null,
  )
}

/** Whether the address may be written to. */
export const MayBeWrittenTo: FC<{ suppression: Known }> = ({ suppression }) => {
  if (suppression === undefined) return <State tone="plain">The store did not answer</State>
  const { reasons, scopes } = suppression ?? { reasons: [], scopes: [] }
  if (reasons.length > 0) return <State tone="bad">must not be written to</State>
  return scopes.length > 0 ? (
    <State tone="warn">may be written to, but not with some mail</State>
  ) : (
    <State tone="good">may be written to</State>
  )
}

/** Why not: what holds for all mail, and what for some. */
export const WhyNot: FC<{ person: SoughtPerson; suppression: Suppression }> = ({ person, suppression }) => (
  <Part id="suppression" title="Why not">
    <SuppressionReasons
      reasons={[...suppression.reasons, ...suppression.scopes]}
      expired={suppression.expired}
      liftPath={`${personPath(person.index)}/lift`}
    />
  </Part>
)

const BOUNCE_COLUMNS: readonly Column<Explanation['bounces'][number]>[] = [
  { label: 'When', cell: ({ at }) => <When at={at} /> },
  { label: 'Source', cell: ({ source }) => source },
  { label: 'Bounce', cell: ({ bounce_type: type }) => type },
  { label: 'Cause', cell: ({ cause }) => (cause === null ? 'unknown' : causeWord(cause)) },
  { label: 'Rule', kind: 'number', cell: ({ rule }) => rule ?? 'none' },
]

/** Bounces by the rules of the policy; nothing if there are none. */
export async function bouncesPart(c: ConsoleContext, { address }: SoughtPerson) {
  const context = c.get('context')
  const found = await answered(context, 'policy', () => explanation(context, address))
  return (
    found !== undefined &&
    found.bounces.length > 0 && (
      <Part
        id="bounces"
        title="Bounces that may count"
        lead={
          <>
            Each counts by the first rule of the{' '}
            <a href="/suppressions/policy" data-open="dialog">
              policy
            </a>{' '}
            that is about it.
          </>
        }
      >
        <Table caption="Bounces that may count" columns={BOUNCE_COLUMNS} rows={found.bounces} />
      </Part>
    )
  )
}

/** Liftings, newest first; nothing if there are none. Evidence is among the events. */
export async function liftingsPart(c: ConsoleContext, { address }: SoughtPerson) {
  const context = c.get('context')
  const [liftings = [], tokens = []] = await Promise.all([
    answered(context, 'suppressions', () => liftingsOf(context.store, address)),
    answered(context, 'registry', () => context.registry.operators.tokens()),
  ])
  const names = tokenNames(tokens)
  return (
    liftings.length > 0 && (
      <Part id="liftings" title="Who lifted it">
        <ul class="plain-list">
          {liftings.map(({ at, by, source, reading, scope }) => (
            <li>
              <Badge tone="good">lifted</Badge> <OnlyFor scope={scope} /> <When at={at} /> by{' '}
              <Shown
                text={source ?? (by === null ? 'an import or a restore' : actorName(by, names))}
                max={120}
              />
              <span class="under">
                {source !== null && 'Subscribed again: its own unsubscribes do not count.'}
                {reading !== null && `In a review of the reading ${reading}. `}
                {source === null && 'Earlier evidence does not count.'}
              </span>
            </li>
          ))}
        </ul>
      </Part>
    )
  )
}
