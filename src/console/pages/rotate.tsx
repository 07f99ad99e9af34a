/** The page that rotates a secret. It first says what will happen; an emergency needs a reason. */
import type { SlotRotation } from '../../registry/rotation/secret-version.ts'
import type { NotChanged } from '../../registry/sources/source.ts'
import type { ConsoleContext } from '../context.ts'
import { newLink } from '../retrieval.ts'
import { Action } from './components.tsx'
import {
  Buttons,
  type Place,
  Reason,
  answerDone,
  answerForm,
  formTokenOf,
  placeOf,
  reasonIn,
  whoWith,
  whyNot,
} from './secret-components.tsx'
import { noSource, sourcePath } from './source.tsx'

export async function showRotate(c: ConsoleContext): Promise<Response> {
  const place = await placeOf(c)
  return place === undefined ? noSource(c) : answerRotate(c, place)
}

export async function rotate(c: ConsoleContext): Promise<Response> {
  const place = await placeOf(c)
  if (place === undefined) return noSource(c)
  const form = c.get('form')
  const value = form.get('value') ?? ''
  const emergency = form.get('emergency') === 'yes'
  const reason = reasonIn(c)
  if (emergency && reason === '')
    return answerRotate(c, place, 'An emergency needs a reason. Enter what happened.')

  const { registry, who, consoleUrl } = c.get('context')
  const link = await newLink(consoleUrl)
  const request = {
    slot: place.slot,
    ...(value === '' ? {} : { value: valueOf(value) }),
    emergency,
    hold: true,
    link: link.request,
    // A leaked secret is replaced even if the source has changed since the page was shown.
    expectedVersion: emergency ? undefined : versionSeen(form),
  }
  const done = await registry.rotate(place.source.name, request, whoWith(who, reason))
  return done.ok ? answerDone(c, place, done, link.url) : answerRotate(c, place, whyNot(done), done)
}

/** The source's version when the form was shown. If it has changed, a form that is sent twice or late rotates nothing. */
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
  if (place === undefined) return noSource(c)
  const { registry, who, consoleUrl } = c.get('context')
  const link = await newLink(consoleUrl)
  const version = Number(c.req.param('version'))
  const done = await registry.link(place.source.name, place.slot, version, link.request, who)
  return done.ok ? answerDone(c, place, done, link.url) : answerRotate(c, place, whyNot(done), done)
}

async function answerRotate(c: ConsoleContext, place: Place, problem?: string, why?: NotChanged) {
  const { name } = place.source
  const pending = place.source.secrets.find(({ slot, state }) => slot === place.slot && state === 'pending')
  const formToken = await formTokenOf(c)
  const generated = place.rotation?.generated === true
  const isFirst = !place.source.secrets.some(({ slot }) => slot === place.slot)
  const verb = isFirst ? 'Add' : 'Rotate'
  return answerForm(c, place, `${verb} ${place.slot}`, problem, why, [
    <p class="lead">{isFirst ? FIRST : leadOf(place.rotation)}</p>,
    pending?.origin === 'postern' ? (
      <div class="notice good">
        Version {pending.version} was generated and was not retrieved yet.
        <Action
          action={`${sourcePath(name)}/secrets/${place.slot}/${pending.version}/link`}
          formToken={formToken}
          label="Make a link for it"
        />
      </div>
    ) : (
      ''
    ),
    <form method="post" action={`${sourcePath(name)}/secrets/${place.slot}/rotate`} class="stacked">
      <input type="hidden" name="form_token" value={formToken} />
      <input type="hidden" name="seen" value={place.source.version} />
      <label for="value">
        New value {generated ? <span class="soft">(leave empty to generate one)</span> : ''}
      </label>
      <input id="value" name="value" type="password" autocomplete="off" spellcheck={false} />
      <label for="emergency">
        <input id="emergency" name="emergency" type="checkbox" value="yes" /> It has leaked: refuse old
        versions immediately
      </label>
      <Reason />
      <Buttons label={verb} name={name} />
    </form>,
  ])
}

const FIRST = 'Until the source has a secret, it refuses every delivery. With this one, it accepts the next.'

const leadOf = (rotation: SlotRotation | undefined): string => {
  if (rotation?.installed === true)
    return 'Postern sets the new value at the ESP. The old one is accepted until the ESP has it, plus the grace period.'
  return rotation?.generated === true
    ? 'You get a link for the person who enters the new value at the sender. It shows the value once. Only then does the old one retire.'
    : 'The new value is accepted immediately. The old one is still accepted for the grace period of the source.'
}
