/** Handlers of providers. */
import { providerRoutes } from '../../api/providers.ts'
import { keyFacts } from '../../drivers/key-facts.ts'
import { PROVIDER_FACTS } from '../../providers/facts.ts'
import { answer, bindRoutes } from './route.ts'

export const providers = bindRoutes(providerRoutes, {
  listProviders: async () =>
    answer({ providers: PROVIDER_FACTS.map((one) => ({ ...one, api_key: keyFacts(one.name) })) }),
})
