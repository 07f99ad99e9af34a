/** Calls to the objects that talk to the ESPs of sources. */
import { driverOf } from '../drivers/index.ts'
import type { SourceView } from '../registry/sources/source.ts'
import { type RequestContext, answered } from './request-context.ts'

type Context = Pick<RequestContext, 'espAccounts' | 'reportUnavailable'>

/** Tells the object that a source or its key was changed or is gone. If it does not answer, the night or its next alarm finds out. */
export const notifyEspAccount = (context: Context, name: string): Promise<void> =>
  answered(context, 'esp_account', () => context.espAccounts.getByName(name).changed())

/** Sources whose ESP has an API that Postern knows. */
export const hasDriver = ({ config }: Pick<SourceView, 'config'>): boolean =>
  driverOf(config.provider) !== undefined
