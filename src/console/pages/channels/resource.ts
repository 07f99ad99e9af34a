/** Channels as a resource of the pages. */
import { notices } from '../notices.ts'
import { resource } from '../resource.ts'

export const CHANNELS = resource({
  path: '/channels',
  param: 'channel',
  find: (c, name) => c.get('context').registry.channels.find(name),
  unknown: ['No such channel', 'There is no channel with this name.'],
  notices: notices({
    good: {
      created: 'Created. Send a test notice, and see whether it arrives.',
      changed: 'Changed. The next notice is sent with the new settings.',
      tested: 'The channel accepted a test notice that fires, and one that it is over.',
      paused: 'Paused. Nobody is told anything until it is resumed.',
      resumed: 'Resumed. Incidents that are still open are sent now.',
      removed: 'Removed. Nothing is sent to it any more.',
    },
    bad: { test_failed: 'The channel did not accept the test notice. The last error says why.' },
  }),
})

/** The form for a new one. It has a part more than a channel's page, which may be named `new`. */
export const newChannelPath = (kind: string): string => `${CHANNELS.path}/new/${kind}`
