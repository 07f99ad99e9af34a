/** All providers, by name. What a new one needs is in CONTRIBUTING.md. */
import type { Provider } from './shared/provider.ts'
import * as all from './all.ts'

export const PROVIDERS: readonly Provider[] = Object.values(all)

const byName: ReadonlyMap<string, Provider> = new Map(PROVIDERS.map((provider) => [provider.name, provider]))

export const providerNamed = (name: string): Provider | undefined => byName.get(name)
