/** Providers: the ESPs that a source can name, with what is needed to set one up. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { SetupSchema } from '../providers/setup/setup.ts'
import { route } from './route.ts'

const ProviderSchema = v.object({
  name: described(v.string(), 'As source documents have it.'),
  title: v.string(),
  slots: described(
    v.array(
      v.object({
        slot: v.string(),
        kind: described(v.string(), 'The form of its value: text, basic, rsa-public and others.'),
        made_here: described(
          v.boolean(),
          'Whether Postern can make its value. Else it comes from the sender.',
        ),
        verifies: described(
          v.boolean(),
          'Whether deliveries can be verified with it, alone or beside others.',
        ),
      }),
    ),
    'Those of the strongest proof first. Empty if the events come by a queue: then there is no source.',
  ),
  nameless: described(
    v.nullable(v.string()),
    'Why the ESP names no recipient in events of some types. Null if it names one in all.',
  ),
  api_key: described(
    v.nullable(
      v.object({
        form: described(v.nullable(v.string()), 'Null for the key just as the ESP gives it.'),
        rights: described(
          v.array(v.object({ right: v.string(), for: v.array(v.string()) })),
          'The least rights, in the words of the ESP, each with all that it is for.',
        ),
        can_send: described(v.boolean(), 'Whether such a key can also send mail.'),
      }),
    ),
    'The key that the slot esp_api_token takes. Null if Postern knows no API of the ESP.',
  ),
  setup: described(v.nullable(SetupSchema), 'Null if the pages of the ESP were not read.'),
})
export type ProviderAnswer = v.InferOutput<typeof ProviderSchema>

export const providerRoutes = {
  listProviders: route('GET', '/api/providers', 'viewer', {
    summary: 'Lists all providers, by name: their secrets, and what to click at each ESP.',
    scoped: true,
    answer: v.object({ providers: v.array(ProviderSchema) }),
  }),
} as const
