/** The page that revokes a version of a secret. */
import type { NotChanged } from '../../registry/sources/source.ts'
import type { ConsoleContext } from '../context.ts'
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

export async function showRevoke(c: ConsoleContext): Promise<Response> {
  const place = await placeOf(c)
  return place === undefined ? noSource(c) : answerRevoke(c, place)
}

export async function revoke(c: ConsoleContext): Promise<Response> {
  const place = await placeOf(c)
  if (place === undefined) return noSource(c)
  const { registry, who } = c.get('context')
  const force = c.get('form').get('force') === 'yes'
  const reason = reasonIn(c)
  if (force && reason === '') return answerRevoke(c, place, 'This revocation needs a reason. Enter why.')
  const version = Number(c.req.param('version'))
  const done = await registry.revoke(place.source.name, place.slot, version, force, whoWith(who, reason))
  if (!done.ok) return answerRevoke(c, place, whyNot(done), done)
  return done.unreached.length > 0
    ? answerDone(c, place, done, '')
    : c.redirect(sourcePath(place.source.name), 303)
}

async function answerRevoke(c: ConsoleContext, place: Place, problem?: string, why?: NotChanged) {
  const version = c.req.param('version') ?? ''
  const { name } = place.source
  return answerForm(c, place, `Revoke ${place.slot}/${version}`, problem, why, [
    <p class="lead">
      Deliveries signed with it are refused, and its value is deleted. This cannot be undone.
    </p>,
    <form
      method="post"
      action={`${sourcePath(name)}/secrets/${place.slot}/${version}/revoke`}
      class="stacked"
    >
      <input type="hidden" name="form_token" value={await formTokenOf(c)} />
      <label for="force">
        <input id="force" name="force" type="checkbox" value="yes" /> Even if the source could then verify no
        delivery
      </label>
      <Reason />
      <Buttons label="Revoke" name={name} />
    </form>,
  ])
}
