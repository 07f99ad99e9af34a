/** The only list of providers. A new one is a file, a row here, a fixture folder and a row in the README. */
import { generic } from './generic.ts'
import { mailjet } from './mailjet.ts'
import { mailomat } from './mailomat.ts'
import { mailpace } from './mailpace.ts'
import { mandrill } from './mandrill.ts'
import { postal } from './postal.ts'
import type { Provider } from './provider.ts'
import { sendgrid } from './sendgrid.ts'
import { smtp2go } from './smtp2go.ts'
import { sparkpost } from './sparkpost.ts'
import { sweego } from './sweego.ts'
import { tencentSes } from './tencent-ses.ts'
import { unisenderGo } from './unisender-go.ts'

export const PROVIDERS: readonly Provider[] = [
  generic,
  mailjet,
  mailomat,
  mailpace,
  mandrill,
  postal,
  sendgrid,
  smtp2go,
  sparkpost,
  sweego,
  tencentSes,
  unisenderGo,
]

const byName: ReadonlyMap<string, Provider> = new Map(PROVIDERS.map((provider) => [provider.name, provider]))

export const providerNamed = (name: string): Provider | undefined => byName.get(name)
