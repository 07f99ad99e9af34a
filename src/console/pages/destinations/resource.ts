/** Destinations as a resource of the pages. */
import { notices, things } from '../notices.ts'
import { resource } from '../resource.ts'

const deliveries = (count: number): string =>
  count === 1 ? '1 delivery is' : `${count.toLocaleString('en')} deliveries are`

export const DESTINATIONS = resource({
  path: '/destinations',
  param: 'destination',
  // An object that delivers exists for any name, so the registry is asked first.
  find: (c, name) => c.get('context').registry.destinations.find(name),
  unknown: ['No such destination', 'There is no destination with this name.'],
  notices: notices({
    good: {
      created: 'Added. Send a test event, and see what the endpoint answers.',
      changed: 'Saved. What is sent from now on has the new settings.',
      removed: 'Removed. Nothing is sent to it any more.',
      tested: 'The endpoint accepted the test event.',
      paused: 'Paused. Events wait in the store.',
      resumed: 'Resumed. What waited is sent now.',
      retried: (count) => `${deliveries(count)} tried again now.`,
      skipped: 'It is given up. What it held back is sent now.',
      redriven: (count) => `${deliveries(count)} put back. All tries begin again.`,
      replaying: (count) => `Sending again has begun, with ${things(count, 'event')} of that time.`,
      replay_ended: 'It has ended. What was sent again stays sent.',
    },
    bad: {
      test_failed: 'The endpoint did not accept the test event. The attempt below says why.',
      delivery_unknown: 'That delivery does not wait any more.',
      nothing_redriven: 'Nothing of it was given up any more.',
      nothing_replayed: 'No event is stored of that time.',
    },
  }),
})

export const NEW_DESTINATION = `${DESTINATIONS.path}/new`
