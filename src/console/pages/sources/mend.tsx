/** The dialog that makes the webhook at the ESP right: what is wrong, as the ESP says it now, then a yes. */
import type { FC } from 'hono/jsx'
import { type WebhookReport, webhookRoutes } from '../../../api/webhooks.ts'
import { keyFacts } from '../../../drivers/key-facts.ts'
import { capital } from '../../../platform/capital.ts'
import { providerFacts } from '../../../providers/facts.ts'
import { API_SLOT } from '../../../providers/shared/slots.ts'
import type { SourceView } from '../../../registry/sources/source.ts'
import type { Incident } from '../../../watch/incidents/incident.ts'
import { answered } from '../../request-context.ts'
import { hasDriver, hasKey } from '../../esp-accounts.ts'
import type { ConsoleContext } from '../../context.ts'
import { For, List, Shown, When } from '../components.tsx'
import type { Finder } from '../route.ts'
import { confirmRoute } from '../form-route.tsx'
import { CAN_SEND, KeyRights } from '../secrets/key-rights.tsx'
import { field } from '../form.tsx'
import { SOURCES, backTo, fromOf } from './resource.ts'

/** The digest of the plan that the dialog has shown. */
const PLAN_FIELD = 'plan_of'

type Mendable = SourceView & {
  readonly from: string
  readonly wrong: readonly string[]
  readonly planOf: string
}

const withWrong: Finder<Mendable> = (work) =>
  SOURCES.with(async (c, source) => {
    const { espAccounts, who } = c.get('context')
    const from = fromOf(c)
    if (c.req.method === 'POST') return work(c, { ...source, from, wrong: [], planOf: field(c, PLAN_FIELD) })
    const planned = await espAccounts.getByName(source.name).mend(true, who)
    const { steps, of } = planned?.ok === true ? planned : { steps: [], of: '' }
    return work(c, { ...source, from, wrong: steps, planOf: of })
  })

const lastReport = (c: ConsoleContext, name: string) => {
  const context = c.get('context')
  return answered(context, 'esp_account', () => context.espAccounts.getByName(name).webhook())
}

export const mendPage = confirmRoute({
  of: withWrong,
  shown: ({ name, from, wrong, planOf }) => ({
    hidden: { [PLAN_FIELD]: planOf },
    isDangerous: false,
    before: wrong.length > 0 && (
      <>
        <p>The ESP says now:</p>
        <ul>
          {wrong.map((says) => (
            <li>
              <Shown text={capital(says)} max={600} />
            </li>
          ))}
        </ul>
      </>
    ),
    title: `Mend the webhook of ${name}`,
    action: `${SOURCES.pathOf(name)}/mend${from}`,
    label: 'Mend it',
    back: [`${SOURCES.pathOf(name)}${backTo(from)}`, name],
    lead: 'Its webhook at the ESP is made if there is none, switched on, pointed at the URL of this source, and gets all event types. Then it is checked again.',
  }),
  route: webhookRoutes.mendWebhook,
  given: ({ name, planOf }) => ({ params: { name }, body: { plan: false, of: planOf } }),
  done: (c, { name, from }) => SOURCES.leadTo(c, name, 'mended', undefined, backTo(from)),
})

/**
 * Undefined for a source whose ESP has no API that Postern knows.
 *
 * @param from ends the addresses of its dialogs
 */
export async function webhookAt(c: ConsoleContext, source: SourceView, from = '') {
  if (!hasDriver(source)) return undefined
  const report = await lastReport(c, source.name)
  return { report: report ?? null, ...partsOf(source, report ?? null, from) }
}

/** How the webhook stands, and the button that goes on. */
function partsOf(source: SourceView, report: WebhookReport | null, from: string) {
  const path = SOURCES.pathOf(source.name)
  const key = hasKey(source)
  const rotate = `${path}/secrets/${API_SLOT}/rotate${from}`
  const [href, text] = !key
    ? [rotate, 'Add a key']
    : report?.problem?.code.startsWith('key_') === true
      ? [rotate, 'Bring another key']
      : report?.can_mend === true && report.differences.length > 0
        ? [`${path}/mend${from}`, 'Mend it']
        : []
  const button = href !== undefined && (
    <For role="operator">
      <a class="button" data-open="dialog" href={href}>
        {text}
      </a>
    </For>
  )
  if (report !== null) return { button, content: <Report source={source} report={report} /> }
  return { button, content: key ? <p>The ESP was not asked yet.</p> : <NoKey source={source} from={from} /> }
}

/** Where a person looks without an API. Undefined if the pages of the ESP were not read. */
const ByHand: FC<{ source: SourceView }> = ({ source: { name, config } }) => {
  const { setup = null } = providerFacts(config.provider) ?? {}
  return (
    setup !== null && (
      <p>
        By hand: {setup.page === undefined ? setup.where : <a href={setup.page}>{setup.where}</a>}.{' '}
        <a href={`${SOURCES.pathOf(name)}/setup#esp`}>All steps</a>
      </p>
    )
  )
}

/** Kinds of incidents at which a person looks at the webhook. */
const LOOKED_AT: ReadonlySet<string> = new Set(['silence', 'webhook_off'])

export async function byHandOf(c: ConsoleContext, { kind, source, subject }: Incident) {
  const name = source ?? subject
  if (!LOOKED_AT.has(kind) || name === null) return undefined
  const found = await c.get('context').registry.sources.find(name)
  return found !== null && <ByHand source={found} />
}

const Report: FC<{ source: SourceView; report: WebhookReport }> = ({ source, report }) => {
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
          <Shown text={capital(says)} max={600} />.
        </p>
      ))}
      {differences.length === 0 && problem === null && <p>All is well.</p>}
      {report.key_can_also !== null && (
        <p class="notice warn">
          <Shown text={capital(report.key_can_also)} max={600} />.
        </p>
      )}
      {keyFacts(source.config.provider)?.can_send === true && <p class="soft">{CAN_SEND}</p>}
      {differences.length > 0 && !report.can_mend && <ByHand source={source} />}
      {report.answered_at !== null && (
        <List
          caption="The webhook, as the ESP has it"
          columns={[
            { label: 'What', cell: ([what]) => what },
            { label: 'There', kind: 'long', cell: ([, there]) => <Shown text={there} max={400} /> },
          ]}
          rows={rows}
          empty="The ESP has none that is ours."
        />
      )}
      <p class="soft">
        Asked <When at={Date.parse(at)} />, and each hour.
        {problem !== null && report.answered_at !== null && (
          <>
            {' '}
            The table is what the ESP said <When at={Date.parse(report.answered_at)} />.
          </>
        )}
      </p>
    </>
  )
}

/** The set-up itself says what to do by hand. */
const NoKey: FC<{ source: SourceView; from: string }> = ({ source, from }) => (
  <>
    <p>
      Without a key of its API in <code>{API_SLOT}</code>, nobody asks the ESP whether its webhook is on, or
      for events that were missed.
    </p>
    <KeyRights provider={source.config.provider} />
    {from === '' && <ByHand source={source} />}
  </>
)
