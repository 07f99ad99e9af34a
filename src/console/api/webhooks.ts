/** Handlers of webhooks at ESPs. */
import { problem } from '../../api/problem.ts'
import { webhookRoutes } from '../../api/webhooks.ts'
import { driverOf } from '../../drivers/index.ts'
import { hasReason } from '../../registry/audit/entry.ts'
import type { SourceView } from '../../registry/sources/source.ts'
import { may } from '../access/actor.ts'
import { note } from '../note.ts'
import { notChanged } from './changes.ts'
import { answer, bindRoutes } from './route.ts'

export const webhooks = bindRoutes(webhookRoutes, {
  async checkWebhook({ params: { name } }, { registry, espAccounts }) {
    const source = await registry.sources.find(name)
    if (source === null) return SOURCE_UNKNOWN
    const report = await espAccounts.getByName(name).check(0)
    return report === null ? keyMissing(source) : answer(report)
  },

  async mendWebhook({ params: { name }, body: { plan, of } }, context) {
    const { registry, espAccounts, who } = context
    const source = await registry.sources.find(name)
    if (source === null) return SOURCE_UNKNOWN
    const account = espAccounts.getByName(name)
    let mended = await account.mend(true, who)
    if (!plan && mended?.ok === true && mended.steps.length > 0) {
      if (mended.givesPassword && !may(context.actor, 'admin')) return NEEDS_ADMIN
      if (mended.givesPassword && !hasReason(who)) return NEEDS_REASON
      if (of !== mended.of) return planChanged(`now this is wrong: ${mended.steps.join('; ')}`)
      // The log has the replaced URLs before they are gone.
      await note(context, 'webhook.mended', `source/${name}`, null, { plan: [...mended.steps] })
      mended = await account.mend(false, who, of)
    }
    if (mended === null) return keyMissing(source)
    if (mended.ok)
      return answer({ done: mended.done, steps: [...mended.steps], of: mended.of, report: mended.report })
    if (mended.code === 'plan_changed') return planChanged(mended.says)
    const code = mended.code === 'cannot' ? 'webhook_not_mendable' : 'esp_refused'
    const how =
      mended.code === 'begun' ? 'Mending began and may be half done, so look again' : 'Nothing was mended'
    return problem(code, `${how}: ${mended.says}.`)
  },
})

const GIVES =
  'The account has no webhook at our URL, and would get the stored password of the source: that needs'
const NEEDS_ADMIN = problem('role_too_low', `${GIVES} the role admin.`)
const NEEDS_REASON = problem('reason_needed', `${GIVES} a reason.`)

const planChanged = (says: string) =>
  problem(
    'plan_changed',
    `Nothing was mended, since this is no yes to the plan of this moment; ${says}. Read the plan again.`,
  )

const SOURCE_UNKNOWN = notChanged({ ok: false, code: 'source_unknown' })

/** @param isKnown whether the API of the ESP has what was asked for */
export const keyMissing = (
  { name, config: { provider } }: SourceView,
  isKnown = driverOf(provider) !== undefined,
) =>
  problem(
    'esp_key_missing',
    isKnown
      ? `The source has no active key of its ESP. Make one with the rights that postern providers ${provider} lists, and add it: postern secrets rotate ${name} esp_api_token.`
      : 'Postern knows no API of this ESP for that. Do it at the ESP by hand.',
  )
