/** The only list of providers. A new one is a file, a row here, a fixture folder and a row in the README. */
import { generic } from './generic.ts'
import { mailjet } from './mailjet.ts'
import type { Provider } from './provider.ts'
import { sendgrid } from './sendgrid.ts'
import { smtp2go } from './smtp2go.ts'
import { sparkpost } from './sparkpost.ts'

export const PROVIDERS: readonly Provider[] = [generic, mailjet, sendgrid, smtp2go, sparkpost]

const byName: ReadonlyMap<string, Provider> = new Map(PROVIDERS.map((provider) => [provider.name, provider]))

export const providerNamed = (name: string): Provider | undefined => byName.get(name)
