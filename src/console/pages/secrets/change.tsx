/** Pages that rotate and revoke a secret. They first say what will happen; an emergency needs a reason. */
import type { Child } from 'hono/jsx'
import { toInstant } from '../../../platform/time.ts'
import type { NotChanged } from '../../../registry/sources/source.ts'
import type { Changed } from '../../../registry/owners/changed.ts'
import { notChanged } from '../../api/changes.ts'
import { statusOf } from '../../../api/problem.ts'
import type { ConsoleContext } from '../../context.ts'
import { newLink } from '../../retrieval.ts'
import { answerPage } from '../answer.tsx'
import { Action } from '../components.tsx'
import { CheckBox, Form, Reason, field, reasonIn, whoWithReason } from '../form.tsx'
import { SecretFields, secretIn } from './fields.tsx'
import { type Owner, type Place, withSecret } from './place.ts'

export const showRotate = withSecret((c, place) => answerRotate(c, place))
export const showRevoke = withSecret((c, place) => answerRevoke(c, place))

export const rotate = withSecret(async (c, place) => {
  const value = secretIn(c, place.kind)
  const emergency = field(c, 'emergency') === 'yes'
  if (emergency && reasonIn(c) === '')
    return answerRotate(c, place, 'An emergency needs a reason. Enter what happened.')
  const link = await newLink(c.get('context').consoleUrl)
  const request = {
    kind: 'rotate' as const,
    slot: place.slot,
    ...(value === undefined ? {} : { value }),
    emergency,
    hold: true,
    link: link.request,
    // A leaked secret is replaced even if the owner has changed since the page was shown.
    expectedVersion: emergency ? undefined : versionSeen(c),
  }
  const done = await place.change(request, whoWithReason(c))
  return done.ok ? answerDone(c, place, done, link.url) : answerRotate(c, place, done)
})

/** The version of the source or destination when the form was shown. If it has changed, a form that is sent twice or late rotates nothing. */
function versionSeen(c: ConsoleContext): number | undefined {
  const seen = field(c, 'seen')
  return /^[1-9][0-9]{0,14}$/.test(seen) ? Number(seen) : undefined
}

export const makeLink = withSecret(async (c, place) => {
  const { who, consoleUrl } = c.get('context')
  const link = await newLink(consoleUrl)
  const version = Number(c.req.param('version'))
  const done = await place.change({ kind: 'link', slot: place.slot, version, link: link.request }, who)
  return done.ok ? answerDone(c, place, done, link.url) : answerRotate(c, place, done)
})

export const revoke = withSecret(async (c, place) => {
  const force = field(c, 'force') === 'yes'
  if (force && reasonIn(c) === '') return answerRevoke(c, place, 'This revocation needs a reason. Enter why.')
  const version = Number(c.req.param('version'))
  const done = await place.change({ kind: 'revoke', slot: place.slot, version, force }, whoWithReason(c))
  if (!done.ok) return answerRevoke(c, place, done)
  return done.unreached.length > 0 ? answerDone(c, place, done, '') : c.redirect(place.back, 303)
})

/** Problem of a form: a sentence about its fields, or why nothing was changed. */
type Wrong = string | NotChanged | undefined

function problemOf(wrong: Wrong, { noun }: Place): string | undefined {
  if (wrong === undefined || typeof wrong === 'string') return wrong
  const { detail, problems } = notChanged(wrong, noun)
  return problems === undefined ? detail : problems.map(({ problem }) => problem).join(' ')
}

const answerForm = (c: ConsoleContext, place: Place, title: string, wrong: Wrong, content: Child) =>
  answerPage(
    c,
    { title, narrow: true, isWrong: wrong !== undefined },
    <>
      <p class="soft">
        {place.noun === 'source' ? 'Source' : 'Destination'} {place.owner.name}
      </p>
      {content}
    </>,
    typeof wrong === 'object' ? statusOf(notChanged(wrong, place.noun).code) : undefined,
  )

function answerRotate(c: ConsoleContext, place: Place, wrong?: Wrong): Promise<Response> {
  const { path, back, kind, owner, slot, noun, rotation } = place
  const pending = owner.secrets.find((one) => one.slot === slot && one.state === 'pending')
  const isFirst = !owner.secrets.some((one) => one.slot === slot)
  const verb = isFirst ? 'Add' : 'Rotate'
  return answerForm(
    c,
    place,
    `${verb} ${slot}`,
    wrong,
    <>
      <p class="lead">{isFirst ? FIRST : leadOf(place)}</p>
      {pending?.origin === 'postern' && (
        <div class="notice good">
          Version {pending.version} was generated and was not retrieved yet.
          <Action action={`${path}/secrets/${slot}/${pending.version}/link`} label="Make a link for it" />
        </div>
      )}
      <Form
        action={`${path}/secrets/${slot}/rotate`}
        label={verb}
        back={back}
        hidden={{ seen: String(owner.version) }}
        problem={problemOf(wrong, place)}
      >
        <SecretFields
          kind={kind}
          {...(rotation?.generated === true ? { remark: '(leave it empty to generate one)' } : {})}
        />
        {!isFirst && (
          <CheckBox
            name="emergency"
            label={`It has leaked: ${noun === 'source' ? 'refuse old versions immediately' : 'sign with no old version from now on'}`}
          />
        )}
        <Reason />
      </Form>
    </>,
  )
}

const FIRST = 'Until the source has a secret, it refuses every delivery. With this one, it accepts the next.'

const leadOf = ({ noun, rotation }: Place): string => {
  if (noun === 'destination')
    return 'The new value and the old one both sign from now on, so that the receiver can change over at any moment. The old one ends a day after the link is opened, or a day from now if you bring the value.'
  if (rotation?.installed === true)
    return 'Postern sets the new value at the ESP. The old one is accepted until the ESP has it, plus the grace period.'
  return rotation?.generated === true
    ? 'You get a link for the person who enters the new value at the sender. It shows the value once. Only then does the old one retire.'
    : 'The new value is accepted immediately. The old one is still accepted for the grace period of the source.'
}

function answerRevoke(c: ConsoleContext, place: Place, wrong?: Wrong): Promise<Response> {
  const { path, back, slot, noun } = place
  const version = c.req.param('version') ?? ''
  const isSource = noun === 'source'
  return answerForm(
    c,
    place,
    `Revoke ${slot}/${version}`,
    wrong,
    <>
      <p class="lead">
        {isSource ? 'Deliveries signed with it are refused' : 'It signs no delivery any more'}, and its value
        is deleted. This cannot be undone.
      </p>
      <Form
        action={`${path}/secrets/${slot}/${version}/revoke`}
        label="Revoke"
        back={back}
        problem={problemOf(wrong, place)}
      >
        {isSource && <CheckBox name="force" label="Even if the source could then verify no delivery" />}
        <Reason />
      </Form>
    </>,
  )
}

/** Not a redirect, because the link is shown once. Before a reload sends the form again, the browser asks. */
function answerDone(
  c: ConsoleContext,
  { noun, owner, back, slot }: Place,
  { version, link, unreached, owner: now }: Changed<Owner>,
  url: string,
): Promise<Response> {
  const state = now.secrets.find((one) => one.slot === slot && one.version === version)?.state
  const rotation = now.rotations.find((one) => one.slot === slot)
  return answerPage(
    c,
    { title: owner.name, heading: 'Done', narrow: true },
    <>
      <p class="lead">
        {slot}/{version} is {state}.{' '}
        {rotation?.state === 'installing' && 'The ESP does not have it yet. Postern will retry.'}
      </p>
      {link !== null && (
        <>
          <p>
            Send this link to the person who enters the secret at the{' '}
            {noun === 'source' ? 'sender' : 'receiver'}. It shows the value once and expires at{' '}
            {toInstant(link.endsAtMs)}.
          </p>
          <p>
            <code>{url}</code>
          </p>
        </>
      )}
      {unreached.length > 0 && (
        <p class="notice bad" role="alert">
          These guards did not acknowledge the change: {unreached.map(({ guard }) => guard).join(', ')}. They
          may accept the old value for up to{' '}
          {Math.max(...unreached.map(({ old_value_may_live_seconds: seconds }) => seconds))} seconds.
        </p>
      )}
      <p>
        <a href={back}>Back to the {noun}</a>
      </p>
    </>,
  )
}
