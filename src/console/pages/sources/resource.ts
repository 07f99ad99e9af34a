/** Sources as a resource of the pages. */
import type { ConsoleContext } from '../../context.ts'
import { notices } from '../notices.ts'
import { resource } from '../resource.ts'

export const SOURCES = resource({
  path: '/sources',
  param: 'name',
  find: (c, name) => c.get('context').registry.sources.find(name),
  unknown: [
    'No such source',
    'There is no source with this name. It may have been removed, or its events come by a queue, as those of Cloudflare Email Service. Its events are under Events.',
  ],
  notices: notices({
    good: {
      changed: 'The settings are saved. Gateways use them from now on.',
      removed: 'The source is removed. Its events stay.',
      paused: 'The source is paused.',
      resumed: 'Deliveries are accepted again.',
      sampled:
        'A signed sample was sent and accepted. The source has the secret and the settings of the sample now: change them before your ESP sends.',
      filling: 'The gap is being filled. Below is how far it is.',
      fill_stopped: 'Stopped. Its place is kept.',
      key_added: 'The key is saved. Below is what the ESP says of the webhook.',
      mended: 'The webhook at the ESP is mended. Below is what the ESP says of it now.',
      secret_added: 'The secret is saved. The next delivery is accepted with it.',
    },
    bad: {
      sample_late: 'An event has come meanwhile, so no sample was sent: it would replace the secret.',
      sample_refused: 'The sample was sent and not accepted: see below why.',
      secret_unread: 'The secret was generated and could not be shown. Generate another one.',
    },
  }),
})

export const NEW_SOURCE = `${SOURCES.path}/new`

/** Ends the address of a dialog that leads back to the set-up. */
export const FROM_SETUP = '?from=setup'
export const fromOf = (c: ConsoleContext): string => (c.req.query('from') === 'setup' ? FROM_SETUP : '')
/** Path under the source to which such a dialog leads. */
export const backTo = (from: string): string => (from === '' ? '' : '/setup')
