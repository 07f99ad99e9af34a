/** The only list of providers. A new one is a file, a row here, a fixture folder and a row in the README. */
import { generic } from './generic.ts'
import type { Provider } from './provider.ts'
import { sendgrid } from './sendgrid.ts'

export const PROVIDERS: readonly Provider[] = [generic, sendgrid]

const byName: ReadonlyMap<string, Provider> = new Map(PROVIDERS.map((provider) => [provider.name, provider]))

export const providerNamed = (name: string): Provider | undefined => byName.get(name)
