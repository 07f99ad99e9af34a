/** Pages that rotate and revoke a secret. They first say what will happen; an emergency needs a reason. */
import type { FC } from 'hono/jsx'
import { destinationSecretRoutes, sourceSecretRoutes } from '../../../api/secrets.ts'
import { webhookRoutes } from '../../../api/webhooks.ts'
import { API_SLOT } from '../../../providers/shared/slots.ts'
import type { ConsoleContext } from '../../context.ts'
import { answerOnce, answerProblem } from '../answer.tsx'
import { type Done, call } from '../call.ts'
import { Action, Clock } from '../components.tsx'
import { SOURCES, backTo } from '../sources/resource.ts'
import { CheckBox, Reason, field } from '../form.tsx'
import { formRoute } from '../form-route.tsx'
import { SecretFields, atFields, publicFields, secretIn } from './fields.tsx'
import { KeyRights } from './key-rights.tsx'
import { type Place, withSecret } from './place.ts'

const routesOf = ({ noun }: Place) => (noun === 'source' ? sourceSecretRoutes : destinationSecretRoutes)
type Routes = ReturnType<typeof routesOf>

const paramsOf = ({ owner, slot, version }: Place) => ({ name: owner.name, slot, version: String(version) })

const titleOf = ({ owner }: Place, action: string): string => `${action} of ${owner.name}`

export const rotatePage = formRoute({
  of: withSecret,
  shown: (place) => ({
    title: titleOf(place, `${verbOf(place)} ${place.slot}`),
    action: `${place.path}/secrets/${place.slot}/rotate${place.from}`,
    label: verbOf(place),
    back: [place.back, 'Secrets'],
    lead: leadOf(place),
    before: <Pending {...place} />,
    hidden: { seen: String(place.owner.version) },
  }),
  values: ({ kind }) => ({
    emergency: '',
    ...Object.fromEntries(publicFields(kind).map((name) => [name, ''])),
  }),
  Fields: ({ thing }) => (
    <>
      {thing.slot === API_SLOT && <KeyRights provider={thing.provider ?? ''} />}
      <SecretFields
        kind={thing.kind}
        {...(thing.rotation?.generated === true ? { remark: '(leave it empty to generate one)' } : {})}
      />
      {!isFirst(thing) && (
        <CheckBox
          name="emergency"
          label={`It has leaked: ${thing.noun === 'source' ? 'refuse old versions immediately' : 'sign with no old version from now on'}`}
        />
      )}
      <Reason />
    </>
  ),
  atFields: (problems, { kind }) => atFields(kind, problems),
  async save(c, place, typed) {
    const emergency = typed.emergency === 'yes'
    const done = await call(c, routesOf(place).rotate, {
      params: paramsOf(place),
      body: { value: secretIn(c, place.kind), emergency },
      // A leaked secret is replaced even if the owner has changed since the page was shown.
      version: emergency ? undefined : versionSeen(c),
    })
    if (!done.ok) return done
    if (place.provider === undefined || place.slot !== API_SLOT) return answerDone(c, place, done.json)
    // A person who brings a key sees at once whether the ESP takes it. Without an answer, the page says that it was not asked.
    const { name } = place.owner
    await call(c, webhookRoutes.checkWebhook, { params: { name } })
    return SOURCES.leadTo(c, name, 'key_added', undefined, backTo(place.from))
  },
})

/** The version of the source or destination when the form was shown. If it has changed, a form that is sent twice or late rotates nothing. */
function versionSeen(c: ConsoleContext): number | undefined {
  const seen = field(c, 'seen')
  return /^[1-9][0-9]{0,14}$/.test(seen) ? Number(seen) : undefined
}

const isFirst = ({ owner, slot }: Place): boolean => !owner.secrets.some((one) => one.slot === slot)

const verbOf = (place: Place): string => (isFirst(place) ? 'Add' : 'Rotate')

const Pending: FC<Place> = ({ owner, path, slot }) => {
  const pending = owner.secrets.find((one) => one.slot === slot && one.state === 'pending')
  return (
    pending?.origin === 'postern' && (
      <div class="notice good">
        Version {pending.version} was generated and was not retrieved yet.
        <Action action={`${path}/secrets/${slot}/${pending.version}/link`} label="Make a link for it" />
      </div>
    )
  )
}

const FIRST = 'Until the source has a secret, it refuses every delivery. With this one, it accepts the next.'

const leadOf = (place: Place): string => {
  const { noun, rotation, slot } = place
  if (slot === API_SLOT && noun === 'source')
    return 'With it, Postern asks the ESP whether the webhook is on. It is sealed, and never shown again.'
  if (isFirst(place)) return FIRST
  if (noun === 'destination')
    return 'The new value and the old one both sign from now on, so that the receiver can change over at any moment. The old one ends a day after the link is opened, or a day from now if you bring the value.'
  if (rotation?.installed === true)
    return 'Postern sets the new value at the ESP. The old one is accepted until the ESP has it, plus the grace period.'
  return rotation?.generated === true
    ? 'You get a link for the person who enters the new value at the sender. It shows the value once. Only then does the old one retire.'
    : 'The new value is accepted immediately. The old one is still accepted for the grace period of the source.'
}

export const makeLink = withSecret(async (c, place) => {
  const done = await call(c, routesOf(place).link, { params: paramsOf(place), body: {} })
  return done.ok ? answerDone(c, place, done.json) : answerProblem(c, done)
})

export const revokePage = formRoute({
  of: withSecret,
  shown: (place) => ({
    title: titleOf(place, `Revoke ${place.slot}/${place.version}`),
    label: 'Revoke',
    isDangerous: true,
    back: [place.back, 'Secrets'],
    lead: `${place.noun === 'source' ? 'Deliveries signed with it are refused' : 'It signs no delivery any more'}, and its value is deleted. This cannot be undone.`,
  }),
  values: () => ({ force: '' }),
  Fields: ({ thing: { noun } }) => (
    <>
      {noun === 'source' && (
        <CheckBox name="force" label="Even if the source could then verify no delivery" />
      )}
      <Reason />
    </>
  ),
  async save(c, place, { force }) {
    const body = { force: force === 'yes' }
    const done = await call(c, routesOf(place).revoke, { params: paramsOf(place), body })
    if (!done.ok) return done
    return unreachedIn(done.json).length > 0 ? answerDone(c, place, done.json) : c.redirect(place.back, 303)
  },
})

type Changed = Done<Routes['rotate' | 'link' | 'revoke']>['json']

const unreachedIn = (done: Changed) => ('unreached_guards' in done ? done.unreached_guards : [])

/** Says how it stands now. Before a reload sends the form again, the browser asks. */
function answerDone(c: ConsoleContext, { noun, owner, back }: Place, done: Changed): Promise<Response> {
  const { slot, version, state, link } = done
  const unreached = unreachedIn(done)
  const seconds = Math.max(...unreached.map(({ old_value_may_live_seconds: left }) => left))
  return answerOnce(c, {
    title: `${slot}/${version} of ${owner.name} is ${state}`,
    lead: (
      <>
        {noun === 'source' && state === 'pending' && 'It is accepted once the link was opened. '}
        {'esp' in done && done.esp?.has_it === false && 'The ESP does not have it yet. Postern will retry. '}
        {link !== null && (
          <>
            Send this link to the person who enters the secret at the{' '}
            {noun === 'source' ? 'sender' : 'receiver'}. It shows the value once and expires at{' '}
            <Clock at={Date.parse(link.ends_at)} />.
          </>
        )}
      </>
    ),
    values: link === null ? [] : [['Link', link.url]],
    problem:
      unreached.length > 0 &&
      `These guards did not acknowledge the change: ${unreached.map(({ guard }) => guard).join(', ')}. They may accept the old value for up to ${seconds} seconds.`,
    next: [back, `Back to the ${noun}`],
  })
}
