/** Handlers of webhooks at ESPs. */
import { problem } from '../../api/problem.ts'
import { webhookRoutes } from '../../api/webhooks.ts'
import { note } from '../note.ts'
import { notChanged } from './changes.ts'
import { answer, bindRoutes } from './route.ts'

export const webhooks = bindRoutes(webhookRoutes, {
  async checkWebhook({ params: { name } }, { registry, espAccounts }) {
    if ((await registry.sources.find(name)) === null) return SOURCE_UNKNOWN
    const report = await espAccounts.getByName(name).check(0)
    return report === null ? KEY_MISSING : answer(report)
  },

  async mendWebhook({ params: { name }, body: { plan } }, context) {
    const { registry, espAccounts, who } = context
    if ((await registry.sources.find(name)) === null) return SOURCE_UNKNOWN
    if (!plan) await note(context, 'webhook.mended', `source/${name}`)
    const mended = await espAccounts.getByName(name).mend(plan, who)
    if (mended === null) return KEY_MISSING
    if (mended.ok) return answer({ done: mended.done, steps: [...mended.steps], report: mended.report })
    const code = mended.code === 'cannot' ? 'webhook_not_mendable' : 'esp_refused'
    return problem(code, `Nothing was mended: ${mended.says}.`)
  },
})

const SOURCE_UNKNOWN = notChanged({ ok: false, code: 'source_unknown' })
export const KEY_MISSING = problem(
  'esp_key_missing',
  'The source has no active secret esp_api_token, or its ESP has no API that Postern knows. Look at the webhook there by hand.',
)
