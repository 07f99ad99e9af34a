/** Calls to the objects that talk to the ESPs of sources. */
import { driverOf } from '../drivers/index.ts'
import { API_SLOT } from '../providers/shared/slots.ts'
import type { SourceView } from '../registry/sources/source.ts'
import { sees } from './access/actor.ts'
import { type RequestContext, answered } from './request-context.ts'

type Context = Pick<RequestContext, 'espAccounts' | 'reportUnavailable'>

/** Tells the object that a source or its key was changed or is gone. If it does not answer, the night or its next alarm finds out. */
export const notifyEspAccount = (context: Context, name: string): Promise<void> =>
  answered(context, 'esp_account', () => context.espAccounts.getByName(name).changed())

/** Sources whose ESP has an API that Postern knows. */
export const hasDriver = ({ config }: Pick<SourceView, 'config'>): boolean =>
  driverOf(config.provider) !== undefined

/** Whether the source has a key of its ESP's API. */
export const hasKey = ({ secrets }: Pick<SourceView, 'secrets'>): boolean =>
  secrets.some(({ slot, state }) => slot === API_SLOT && state === 'active')

/** Names of the sources that the reader sees, with a key of an API that has suppressions. */
export async function suppressionHolders({
  registry,
  actor,
}: Pick<RequestContext, 'registry' | 'actor'>): Promise<string[]> {
  const isHolder = (source: SourceView) =>
    sees(actor, source.name) && driverOf(source.config.provider)?.suppressions !== undefined && hasKey(source)
  return (await registry.sources.list()).filter(isHolder).map(({ name }) => name)
}
