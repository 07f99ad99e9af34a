/** What a person needs to know after a deployment. */
import { PLAN_DOLLARS } from '../cost/prices.ts'
import type { Plan } from './plan.ts'

/** What Wrangler says of an uploaded Worker. */
export interface Uploaded {
  readonly name: string
  readonly version: string
}

export function summaryLines(plan: Plan, uploaded: readonly Uploaded[], bookmark: string): string[] {
  const { urls, configurations, resources } = plan
  const crons = [...configurations.values()].flatMap(({ triggers }) => triggers?.crons ?? []).length
  return [
    '',
    `Gateway  ${urls.gateway}   webhook URLs begin with ${urls.gateway}/hooks/`,
    `Console  ${urls.console}   npx postern login --url ${urls.console}`,
    ...uploaded.map(({ name, version }) => `Version  ${version}  ${name}`),
    `Bookmark ${bookmark} of ${resources.database.name}, before this release`,
    `Cost     $${PLAN_DOLLARS.toFixed(2)} a month at rest, the Workers Paid plan. It includes what Postern does by itself: ${crons} cron ` +
      'job a night, and a call a minute for each destination.',
    'Next     put Cloudflare Access in front of the console: docs/deploying.md#cloudflare-access',
  ]
}
