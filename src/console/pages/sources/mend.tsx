/** The dialog that makes the webhook at the ESP right: what is wrong, as the ESP says it now, then a yes. */
import type { FC } from 'hono/jsx'
import { type WebhookReport, webhookRoutes } from '../../../api/webhooks.ts'
import { driverOf } from '../../../drivers/index.ts'
import type { SourceView } from '../../../registry/sources/source.ts'
import { answered } from '../../request-context.ts'
import { hasDriver } from '../../esp-accounts.ts'
import type { ConsoleContext } from '../../context.ts'
import { For, List, Part, Shown, When } from '../components.tsx'
import { confirmRoute } from '../form-route.tsx'
import { SOURCES } from './resource.ts'

export const mendPage = confirmRoute({
  of: SOURCES.with,
  shown: ({ name }: SourceView) => ({
    title: `Mend the webhook of ${name}`,
    label: 'Mend it',
    back: [SOURCES.pathOf(name), name],
    lead: 'Its webhook at the ESP is switched on, pointed at the URL of this source, and gets all event types. Then it is checked again.',
  }),
  route: webhookRoutes.mendWebhook,
  given: ({ name }) => ({ params: { name }, body: { plan: false } }),
  done: (c, { name }) => SOURCES.leadTo(c, name, 'mended'),
})

/** Undefined for a source whose ESP has no API that Postern knows. */
export async function webhookAt(c: ConsoleContext, source: SourceView) {
  if (!hasDriver(source)) return undefined
  const context = c.get('context')
  const report = await answered(context, 'esp_account', () =>
    context.espAccounts.getByName(source.name).webhook(),
  )
  return <Webhook source={source} report={report ?? null} />
}

const Webhook: FC<{ source: SourceView; report: WebhookReport | null }> = ({ source, report }) => (
  <Part
    id="webhook"
    title="At the ESP"
    aside={
      report !== null &&
      report.can_mend &&
      report.differences.length > 0 && (
        <For role="operator">
          <a class="button" data-open="dialog" href={`${SOURCES.pathOf(source.name)}/mend`}>
            Mend it
          </a>
        </For>
      )
    }
  >
    {report === null ? <NoKey source={source} /> : <Report report={report} />}
  </Part>
)

const Report: FC<{ report: WebhookReport }> = ({ report }) => {
  const { differences, problem, webhook, checked_at: at } = report
  const yesNo = (value: boolean | null) => (value === null ? 'not told' : value ? 'yes' : 'no')
  const rows: readonly (readonly [string, string])[] =
    webhook === null
      ? []
      : [
          ['On', yesNo(webhook.enabled)],
          ['URL', webhook.url ?? 'not told'],
          ['Event types', webhook.types?.join(', ') ?? 'not told'],
          ['Signed', yesNo(webhook.signed)],
          ['Last error', webhook.last_error ?? 'none'],
          [
            'Deliveries that the ESP counts',
            webhook.delivered === null ? 'not told' : `${webhook.delivered}, failed ${webhook.failed ?? 0}`,
          ],
        ]
  return (
    <>
      {[...differences.map(({ says }) => says), ...(problem === null ? [] : [problem.says])].map((says) => (
        <p class="notice warn">
          <Shown text={says} max={600} />.
        </p>
      ))}
      {differences.length === 0 && problem === null && <p>All is well.</p>}
      <List
        caption="The webhook, as the ESP has it"
        columns={[
          { label: 'What', cell: ([what]) => what },
          { label: 'There', kind: 'long', cell: ([, there]) => <Shown text={there} max={400} /> },
        ]}
        rows={rows}
        empty="The ESP has none that is ours."
      />
      <p class="soft">
        Asked <When at={Date.parse(at)} />, and each hour.
      </p>
    </>
  )
}

const NoKey: FC<{ source: SourceView }> = ({ source: { name, config } }) => {
  const driver = driverOf(config.provider)
  return (
    <p>
      Nobody asks the ESP whether its webhook is on. For that, bring a key of its API to{' '}
      <a href={`${SOURCES.pathOf(name)}/settings#secrets`}>
        <code>esp_api_token</code>
      </a>
      . Rights that it needs: {Object.values(driver?.rights ?? {}).join('; ')}.
      {driver?.keyCanSend === true && ' Such a key can also send mail: guard it as you guard that.'}
    </p>
  )
}
