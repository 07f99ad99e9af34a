/** The tabs of a source. */
import { isOperator } from '../navigation.ts'
import { tabbed } from '../tabbed.tsx'
import { SOURCES } from './resource.ts'

export const answerSource = tabbed({
  of: SOURCES,
  noun: 'Source',
  tabs: [
    { path: '', text: 'Activity' },
    { path: '/setup', text: 'Set-up' },
    { path: '/signals', text: 'Signals' },
    { path: '/settings', text: 'Settings', isShownTo: isOperator },
    { path: '/secrets', text: 'Secrets' },
  ],
})
