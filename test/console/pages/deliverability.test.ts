/** The page of deliverability. */
import { expect, it } from 'vitest'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { mailEvent } from '../../support/mail-events.ts'
import { emptyStore } from '../../support/store.ts'
import { newConsole } from '../support.ts'
import { visitor } from './visitor.ts'

it.each(['All', '\n', '', 'all others'])(
  'shows a campaign named %j as a campaign, and all in one more row',
  async (campaign) => {
    const here = newConsole()
    const deps = consumerDeps(await emptyStore(), { nowMs: () => here.clock.nowMs })
    const campaigns = [campaign, 'news']
    await consumeEvents(
      deps,
      await Promise.all(
        campaigns.map((one, nr) =>
          mailEvent({ type: 'email.delivered', atMs: here.clock.nowMs, nr, campaign_id: one }),
        ),
      ),
    )
    const someone = visitor(here)
    await someone.enter()
    const html = await someone.html('/deliverability?by=campaign')
    expect(html.match(/<strong>All<\/strong>/g)).toHaveLength(1)
    if (campaign !== '') expect(html).toContain(`/activity?${new URLSearchParams({ campaign }).toString()}`)
  },
)
