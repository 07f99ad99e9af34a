/** Providers: the ESPs that a source can name, with what is needed to set one up. */
import * as v from 'valibot'
import { SetupSchema } from '../providers/setup/setup.ts'
import { route } from './route.ts'

const ProviderSchema = v.object({
  name: v.pipe(v.string(), v.description('As source documents have it.')),
  title: v.string(),
  slots: v.pipe(
    v.array(
      v.object({
        slot: v.string(),
        kind: v.pipe(v.string(), v.description('The form of its value: text, basic, rsa-public and others.')),
        made_here: v.pipe(
          v.boolean(),
          v.description('Whether Postern can make its value. Else it comes from the sender.'),
        ),
        verifies: v.pipe(
          v.boolean(),
          v.description('Whether deliveries can be verified with it, alone or beside others.'),
        ),
      }),
    ),
    v.description(
      'Those of the strongest proof first. Empty if the events come by a queue: then there is no source.',
    ),
  ),
  nameless: v.pipe(
    v.nullable(v.string()),
    v.description('Why the ESP names no recipient in events of some types. Null if it names one in all.'),
  ),
  setup: v.pipe(v.nullable(SetupSchema), v.description('Null if the pages of the ESP were not read.')),
})
export type ProviderAnswer = v.InferOutput<typeof ProviderSchema>

export const providerRoutes = {
  listProviders: route({
    method: 'GET',
    path: '/api/providers',
    summary: 'Lists all providers, by name: their secrets, and what to click at each ESP.',
    role: 'viewer',
    scoped: true,
    answer: v.object({ providers: v.array(ProviderSchema) }),
  }),
} as const
