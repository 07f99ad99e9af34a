/** Summary for a person after a deployment. */
import { costLine } from './cost-at-rest.ts'
import { CONSOLE, GATEWAY } from './options.ts'
import type { Plan } from './plan.ts'

/** Wrangler's facts about an uploaded Worker. */
export interface Uploaded {
  readonly name: string
  readonly version: string
}

export function summaryLines(plan: Plan, uploaded: readonly Uploaded[], bookmark: string): string[] {
  const { urls, configurations, resources } = plan
  const hasAccess = Boolean(configurations.get(CONSOLE)?.vars?.['ACCESS_AUD'])
  return [
    '',
    `Gateway  ${urls.gateway}   webhook URLs begin with ${urls.gateway}/hooks/`,
    `Console  ${urls.console}   npx postern login --url ${urls.console}`,
    ...uploaded.map(({ name, version }) => `Version  ${version}  ${name}`),
    `Bookmark ${bookmark} of ${resources.database.name}, before this release`,
    `Cost     ${costLine()}`,
    ...(isGatewayAhead(plan)
      ? [
          'Note     the gateway was replaced before the consumer. Messages that the older consumer could not read are stored by themselves within 15 minutes.',
        ]
      : []),
    ...(plan.wanted.onWorkersDev?.length && configurations.get(GATEWAY)?.['routes'] !== undefined
      ? [
          'Next     change the webhook URLs at every ESP. The workers.dev address answers, too, until npm run deploy -- --drop-workers-dev',
        ]
      : []),
    ...(plan.survey.workers.get(GATEWAY)?.masterKey?.includes(',') === true
      ? [
          'Next     the rotation of the master key is not complete: npm run rotate-master-key removes the old key, or says from when on.',
        ]
      : []),
    ...(hasAccess
      ? []
      : ['Next     put Cloudflare Access in front of the console: docs/deploying.md#cloudflare-access']),
  ]
}

/** Whether a newer gateway wrote for an older consumer meanwhile: one that binds a class which is new waits for the gateway. */
const isGatewayAhead = ({ order, changed, isDowngrade, survey: { workers } }: Plan): boolean =>
  !isDowngrade &&
  (['gateway', 'consumer'] as const).every((worker) => workers.has(worker) && changed.has(worker)) &&
  order.indexOf('gateway') < order.indexOf('consumer')
