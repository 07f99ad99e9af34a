/** Incidents as a resource of the pages. */
import { findIncident } from '../../incidents.ts'
import { notices } from '../notices.ts'
import { resource } from '../resource.ts'

const NUMBER = /^[1-9][0-9]{0,8}$/

export const isIncidentNumber = (text: string): boolean => NUMBER.test(text)

/** The question before a recommended containment. @param label absent for the one that is recommended first */
export const containPath = (number: number, label?: string): string =>
  `${INCIDENTS.pathOf(number)}/contain${label === undefined ? '' : `?${new URLSearchParams({ contain: label }).toString()}`}`

export const INCIDENTS = resource({
  path: '/incidents',
  param: 'number',
  apiParam: 'number',
  // An incident of sources that the user cannot see is as unknown as a number that does not exist.
  find: async (c, number) =>
    isIncidentNumber(number) ? findIncident(c.get('context'), Number(number)) : null,
  unknown: ['No such incident', 'There is no incident of this number.'],
  unanswered: 'The object that keeps incidents does not answer. Try again in a minute.',
  notices: notices({
    good: {
      acknowledged: 'Acknowledged. Nobody is reminded any more.',
      assigned: 'Assigned.',
      noted: 'The note is in the timeline.',
      resolved: 'Resolved. What still lasts opens it again only if it gets worse.',
      resolved_contained:
        'Resolved. What contains it goes on until its end: lift it below if it is not needed any more.',
      reviewed: 'The review is kept with the incident.',
      contained: 'Contained. Gateways obey from their next request on.',
      lifted: 'Lifted. Gateways stop within a second.',
    },
    bad: {
      contained_later: 'Contained, but not every gateway has acknowledged it: some obey later.',
      action_gone: 'Nothing was done: this is not recommended any more.',
    },
  }),
})
