/** The step of a set-up in which a person lets the ESP make its first call, which nothing can verify. */
import type { FC } from 'hono/jsx'
import { sourceRoutes } from '../../../api/sources.ts'
import { SETUP_MAX_SECONDS, isSetupOpen } from '../../../event/setup-window.ts'
import { providerTitle } from '../../../providers/facts.ts'
import type { FirstCalls } from '../../../refusals/refusal.ts'
import type { SourceView } from '../../../registry/sources/source.ts'
import type { ConsoleContext } from '../../context.ts'
import { act } from '../call.ts'
import { Action, For, When } from '../components.tsx'
import { useView } from '../view.ts'
import { SOURCES } from './resource.ts'

const paramsOf = (c: ConsoleContext) => ({ name: c.req.param('name') ?? '' })
const leadOn = (c: ConsoleContext, { name }: { readonly name: string }): Response =>
  c.redirect(`${SOURCES.pathOf(name)}/setup#open`, 303)

export const open = act(
  sourceRoutes.openSetup,
  (c) => ({ params: paramsOf(c), body: { for_seconds: SETUP_MAX_SECONDS } }),
  leadOn,
)
export const close = act(sourceRoutes.closeSetup, (c) => ({ params: paramsOf(c) }), leadOn)

export const OpenSetup: FC<{ source: SourceView; calls: FirstCalls | null }> = ({ source, calls }) => {
  const { nowMs } = useView()
  const path = `${SOURCES.pathOf(source.name)}/setup`
  const { setup } = source
  if (setup === undefined) return null
  const { endsAtMs, verifiedAtMs } = setup
  const isOpen = isSetupOpen(setup, nowMs)
  return (
    <>
      {verifiedAtMs !== null && !isOpen && (
        <p>
          Over: a delivery was verified <When at={verifiedAtMs} />. Open it again for another webhook.
        </p>
      )}
      <p>
        {providerTitle(source.config.provider)} saves a webhook only if its first call is answered, and
        nothing can verify that call. While the set-up is open, it gets 200 and is counted; nothing else
        happens. It closes by itself after an hour, and with the first verified delivery of the source.
      </p>
      {isOpen && (
        <p class="notice good">
          Open. It closes <When at={endsAtMs} />.{' '}
          {calls === null ? 'No call has come yet.' : <FirstCallsCame calls={calls} />}
        </p>
      )}
      {!isOpen && calls !== null && (
        <p>
          Closed. <FirstCallsCame calls={calls} />
        </p>
      )}
      <For role="operator">
        <div class="buttons">
          <Action
            action={`${path}/open`}
            label={isOpen ? 'Open for another hour' : 'Open for an hour'}
            quiet={isOpen}
          />
          {isOpen && <Action action={`${path}/close`} label="Close" quiet />}
        </div>
      </For>
    </>
  )
}

/** The kind, number and time of first calls; never their content. */
export const FirstCallsCame: FC<{ calls: FirstCalls }> = ({ calls: { kind, count, lastMs } }) => (
  <>
    First calls answered (<code>{kind}</code>): {count}, the last <When at={lastMs} />. Nothing of them was
    stored.
  </>
)
