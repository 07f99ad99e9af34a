/** The frame of the pages of a destination. */
import { isOperator } from '../navigation.ts'
import { tabbed } from '../tabbed.tsx'
import { DESTINATIONS } from './resource.ts'

export const answerDestination = tabbed({
  of: DESTINATIONS,
  noun: 'Destination',
  tabs: [
    { path: '', text: 'Activity' },
    { path: '/waiting', text: 'Waiting' },
    { path: '/dead-letters', text: 'Dead letters' },
    { path: '/filter', text: 'Event filter', isShownTo: isOperator },
    { path: '/settings', text: 'Settings' },
    { path: '/secrets', text: 'Secrets' },
  ],
})
