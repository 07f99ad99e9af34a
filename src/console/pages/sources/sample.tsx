/** A signed sample for a source that nothing has come to: under `npm start`, where no ESP reaches the machine. */
import { sourceRoutes } from '../../../api/sources.ts'
import { webhookUrl } from '../../api/sources.ts'
import { newestEvent } from '../../setups.ts'
import { answerProblem } from '../answer.tsx'
import { call } from '../call.ts'
import { SOURCES } from './resource.ts'

/** As `scripts/local/samples.ts` answers. */
interface Sample {
  readonly id: string
  /** Of the source, with secrets that were made for the sample. */
  readonly document: object
}

/** Puts the document of the sample, and then lets it be sent through the gateway, as the ESP would. */
export const sendSample = SOURCES.with(async (c, source) => {
  const { SAMPLES } = c.env
  if (SAMPLES === undefined) return SOURCES.noneOf(c)
  const context = c.get('context')
  const { name, version, config } = source
  const newest = await newestEvent(context, source)
  if (newest === undefined) return SOURCES.noAnswer(c)
  // The page may have been loaded before the first event. A source that works would lose its secret.
  if (newest !== null) return SOURCES.leadTo(c, name, 'sample_late', undefined, '/setup')
  const ask = async <Answer,>(path: string, body: string) =>
    (await SAMPLES.fetch(`http://samples/${path}`, { method: 'POST', body })).json<Answer>()
  const { id, document } = await ask<Sample>('', config.provider)
  const put = await call(c, sourceRoutes.putSource, { params: { name }, body: document, version })
  if (!put.ok) return answerProblem(c, put)
  const { status } = await ask<{ status: number | null }>(id, webhookUrl(source, context.gatewayUrl))
  return SOURCES.leadTo(c, name, status === 200 ? 'sampled' : 'sample_refused', undefined, '/setup')
})
