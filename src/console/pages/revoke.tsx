/** The page that revokes a version of a secret. */
import type { NotChanged } from '../../registry/sources/source.ts'
import type { ConsoleContext } from '../context.ts'
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

export async function showRevoke(c: ConsoleContext): Promise<Response> {
  const place = await placeOf(c)
  return place === undefined ? noSecret(c) : answerRevoke(c, place)
}

export async function revoke(c: ConsoleContext): Promise<Response> {
  const place = await placeOf(c)
  if (place === undefined) return noSecret(c)
  const { who } = c.get('context')
  const force = c.get('form').get('force') === 'yes'
  const reason = reasonIn(c)
  if (force && reason === '') return answerRevoke(c, place, 'This revocation needs a reason. Enter why.')
  const version = Number(c.req.param('version'))
  const request = { kind: 'revoke', slot: place.slot, version, force } as const
  const done = await place.change(request, whoWith(who, reason))
  if (!done.ok) return answerRevoke(c, place, whyNot(done, place.noun), done)
  return done.unreached.length > 0 ? answerDone(c, place, done, '') : c.redirect(place.path, 303)
}

async function answerRevoke(c: ConsoleContext, place: Place, problem?: string, why?: NotChanged) {
  const version = c.req.param('version') ?? ''
  const isSource = place.noun === 'source'
  return answerForm(c, place, `Revoke ${place.slot}/${version}`, problem, why, [
    <p class="lead">
      {isSource ? 'Deliveries signed with it are refused' : 'It signs no delivery any more'}, and its value is
      deleted. This cannot be undone.
    </p>,
    <form method="post" action={`${place.path}/secrets/${place.slot}/${version}/revoke`} class="stacked">
      <input type="hidden" name="form_token" value={await formTokenOf(c)} />
      <label for="force">
        <input id="force" name="force" type="checkbox" value="yes" />{' '}
        {isSource
          ? 'Even if the source could then verify no delivery'
          : 'Even if no secret is left to sign deliveries with'}
      </label>
      <Reason />
      <Buttons label="Revoke" back={place.path} />
    </form>,
  ])
}
