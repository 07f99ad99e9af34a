/** The page that rotates a secret. It first says what will happen; an emergency needs a reason. */
import type { NotChanged } from '../../registry/sources/source.ts'
import type { ConsoleContext } from '../context.ts'
import { newLink } from '../retrieval.ts'
import { Action } from './components.tsx'
import {
  Buttons,
  Reason,
  answerDone,
  answerForm,
  formTokenOf,
  noSecret,
  reasonIn,
  whoWith,
  whyNot,
} from './secret-components.tsx'
import { type Place, placeOf } from './secret-place.ts'

export async function showRotate(c: ConsoleContext): Promise<Response> {
  const place = await placeOf(c)
  return place === undefined ? noSecret(c) : answerRotate(c, place)
}

export async function rotate(c: ConsoleContext): Promise<Response> {
  const place = await placeOf(c)
  if (place === undefined) return noSecret(c)
  const form = c.get('form')
  const value = form.get('value') ?? ''
  const emergency = form.get('emergency') === 'yes'
  const reason = reasonIn(c)
  if (emergency && reason === '')
    return answerRotate(c, place, 'An emergency needs a reason. Enter what happened.')

  const { who, consoleUrl } = c.get('context')
  const link = await newLink(consoleUrl)
  const request = {
    kind: 'rotate' as const,
    slot: place.slot,
    ...(value === '' ? {} : { value: valueOf(value) }),
    emergency,
    hold: true,
    link: link.request,
    // A leaked secret is replaced even if the owner has changed since the page was shown.
    expectedVersion: emergency ? undefined : versionSeen(form),
  }
  const done = await place.change(request, whoWith(who, reason))
  return done.ok
    ? answerDone(c, place, done, link.url)
    : answerRotate(c, place, whyNot(done, place.noun), done)
}

/** The version of the source or destination when the form was shown. If it has changed, a form that is sent twice or late rotates nothing. */
function versionSeen(form: URLSearchParams): number | undefined {
  const seen = form.get('seen') ?? ''
  return /^[1-9][0-9]{0,14}$/.test(seen) ? Number(seen) : undefined
}

/** Removes the line break that pasted text often has. Basic credentials and named values are JSON objects. */
function valueOf(text: string): unknown {
  const trimmed = text.trim()
  if (!trimmed.startsWith('{')) return trimmed
  try {
    return JSON.parse(trimmed) as unknown
  } catch {
    return trimmed
  }
}

export async function makeLink(c: ConsoleContext): Promise<Response> {
  const place = await placeOf(c)
  if (place === undefined) return noSecret(c)
  const { who, consoleUrl } = c.get('context')
  const link = await newLink(consoleUrl)
  const version = Number(c.req.param('version'))
  const request = { kind: 'link', slot: place.slot, version, link: link.request } as const
  const done = await place.change(request, who)
  return done.ok
    ? answerDone(c, place, done, link.url)
    : answerRotate(c, place, whyNot(done, place.noun), done)
}

async function answerRotate(c: ConsoleContext, place: Place, problem?: string, why?: NotChanged) {
  const { path, owner } = place
  const pending = owner.secrets.find(({ slot, state }) => slot === place.slot && state === 'pending')
  const formToken = await formTokenOf(c)
  const generated = place.rotation?.generated === true
  const isFirst = !owner.secrets.some(({ slot }) => slot === place.slot)
  const verb = isFirst ? 'Add' : 'Rotate'
  return answerForm(c, place, `${verb} ${place.slot}`, problem, why, [
    <p class="lead">{isFirst ? FIRST : leadOf(place)}</p>,
    pending?.origin === 'postern' ? (
      <div class="notice good">
        Version {pending.version} was generated and was not retrieved yet.
        <Action
          action={`${path}/secrets/${place.slot}/${pending.version}/link`}
          formToken={formToken}
          label="Make a link for it"
        />
      </div>
    ) : (
      ''
    ),
    <form method="post" action={`${path}/secrets/${place.slot}/rotate`} class="stacked">
      <input type="hidden" name="form_token" value={formToken} />
      <input type="hidden" name="seen" value={owner.version} />
      <label for="value">
        New value {generated ? <span class="soft">(leave empty to generate one)</span> : ''}
      </label>
      <input id="value" name="value" type="password" autocomplete="off" spellcheck={false} />
      <label for="emergency">
        <input id="emergency" name="emergency" type="checkbox" value="yes" /> It has leaked:{' '}
        {place.noun === 'source' ? 'refuse old versions immediately' : 'sign with no old version from now on'}
      </label>
      <Reason />
      <Buttons label={verb} back={path} />
    </form>,
  ])
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
