/** `postern secrets`: versions of a source's secrets, and how they end. */
import { providerRoutes } from '../../api/providers.ts'
import { sourceSecretRoutes } from '../../api/secrets.ts'
import { sourceRoutes } from '../../api/sources.ts'
import { type Cli, noun, remote } from '../command.ts'
import { API_SLOT } from '../../providers/shared/slots.ts'
import type { Api } from '../connection/api.ts'
import { keyLines } from '../out/api-key.ts'
import { table } from '../out/table.ts'
import type { SecretOwner } from '../secrets/owner.ts'
import { activate, link, revoke, rotate } from '../secrets/verbs.ts'

/** Rights that a key of the ESP's API needs. Nothing for another slot. */
async function keyHint(api: Api, name: string, slot: string): Promise<readonly string[]> {
  if (slot !== API_SLOT) return []
  const { provider } = await api.call(sourceRoutes.getSource, { params: { name } })
  const { providers } = await api.call(providerRoutes.listProviders)
  return keyLines(providers.find((one) => one.name === provider)?.api_key ?? null)
}

const SOURCE: SecretOwner = {
  command: 'postern secrets',
  argument: ['<SOURCE>', 'the name of the source'],
  example: ['shop', 'hmac'],
  routes: sourceSecretRoutes,
  goOn: 'are accepted',
  ends: 'the next delivery under it is refused',
  purpose: 'to verify deliveries',
  hintOf: keyHint,
  question: (values) => `Refuse ${values} from now on?`,
}

const list = ({ api, show, paint }: Cli) =>
  remote('list', 'All versions of the secrets of a source; never a value.', 'postern secrets list shop')
    .argument(...SOURCE.argument)
    .action(async (name, options) => {
      const source = await (await api(options)).call(sourceRoutes.getSource, { params: { name } })
      const { secret_versions: versions, rotations } = source
      show(options, { secret_versions: versions, rotations }, () =>
        table(
          [
            'slot',
            'version',
            'state',
            'origin',
            'created_at',
            'accepted_until',
            [
              'next_due',
              ({ slot, state }) =>
                state === 'active' ? rotations.find((one) => one.slot === slot)?.due_at : null,
            ],
            'fingerprint',
          ],
          versions,
          paint,
        ),
      )
    })

export const secrets = noun(list, rotate(SOURCE), activate(SOURCE), revoke(SOURCE), link(SOURCE))
