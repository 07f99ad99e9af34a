/** Destinations as a resource of the pages, and the frame of the pages of one. */
import type { Child } from 'hono/jsx'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import type { ConsoleContext } from '../../context.ts'
import { isOperator } from '../navigation.ts'
import { notices, things } from '../notices.ts'
import { resource } from '../resource.ts'
import { tabbed } from '../tabbed.tsx'

const deliveries = (count: number): string => (count === 1 ? '1 delivery is' : `${count} deliveries are`)

export const DESTINATION_NOTICES = notices({
  good: {
    created: 'Added. Send a test event, and see what the endpoint answers.',
    changed: 'Saved. The next event is sent with the new settings.',
    removed: 'Removed. Nothing is sent to it any more.',
    tested: 'The endpoint accepted the test event.',
    paused: 'Paused. Events wait in the store.',
    resumed: 'Resumed. What waited is sent now.',
    retried: (count) => `${deliveries(count)} tried again now.`,
    skipped: 'It is a dead letter. What it held back is sent now.',
    redriven: (count) => `${deliveries(count)} put back. All tries begin again.`,
    replaying: (count) => `The replay of ${things(count, 'event')} runs.`,
    replay_ended: 'The replay has ended. What it sent stays sent.',
  },
  bad: {
    test_failed: 'The endpoint did not accept the test event. The attempt below says why.',
    delivery_unknown: 'That delivery does not wait any more.',
    nothing_redriven: 'There was no such dead letter any more.',
    nothing_replayed: 'No event is stored of that time.',
  },
})

export const DESTINATIONS = resource({
  path: '/destinations',
  param: 'destination',
  // An object that delivers exists for any name, so the registry is asked first.
  find: (c, name) => c.get('context').registry.destinations.find(name),
  unknown: ['No such destination', 'There is no destination with this name.'],
  notices: DESTINATION_NOTICES,
})

export const NEW_DESTINATION = `${DESTINATIONS.path}/new`

export const WAITING_TAB = '/waiting'
export const DEAD_TAB = '/dead-letters'

export const answerDestination = tabbed({
  of: DESTINATIONS,
  noun: 'Destination',
  tabs: [
    { path: '', text: 'Activity' },
    { path: WAITING_TAB, text: 'Waiting' },
    { path: DEAD_TAB, text: 'Dead letters' },
    { path: '/filter', text: 'Event filter', isShownTo: isOperator },
    { path: '/settings', text: 'Settings' },
    { path: '/secrets', text: 'Secrets' },
  ],
})

/** A page of one destination. */
export const pageOf = (
  tab: string,
  content: (c: ConsoleContext, one: DestinationView) => Child | Promise<Child>,
) => DESTINATIONS.with(async (c, one) => answerDestination(c, one.name, tab, await content(c, one)))
