/** The page that gives up one waiting delivery, after it has asked. */
import { skipDelivery } from '../../../destination-actions.ts'
import { answerPage } from '../../answer.tsx'
import { Shown } from '../../components.tsx'
import { Buttons, Reason, formTokenOf, reasonIn, whoWith } from '../../secret-components.tsx'
import { leadBack, withDestination } from '../found.ts'
import { destinationPath } from '../path.ts'

export const showSkip = withDestination(async (c, { name }) => {
  const id = c.req.query('id') ?? ''
  const path = destinationPath(name)
  return answerPage(
    c,
    { title: `Skip a delivery · Postern` },
    <div class="narrow">
      <h1>Skip a delivery</h1>
      <p class="soft">Destination {name}</p>
      <p class="lead">
        The delivery <Shown text={id} max={80} code /> becomes a dead letter: it is not tried again, and those
        that it holds back are sent. To send it later, redrive it.
      </p>
      <form method="post" action={`${path}/skip`} class="stacked">
        <input type="hidden" name="form_token" value={await formTokenOf(c)} />
        <input type="hidden" name="id" value={id} />
        <Reason />
        <Buttons label="Skip" back={path} />
      </form>
    </div>,
  )
})

export const skip = withDestination(async (c, destination) => {
  const context = c.get('context')
  const id = c.get('form').get('id') ?? ''
  const who = whoWith(context.who, reasonIn(c))
  const skipped = await skipDelivery({ ...context, who }, destination.name, id)
  return leadBack(c, destination, skipped ? 'skipped' : 'delivery_unknown')
})
