/** Notices that the page of an incident shows after an action. The URL carries only a code, never a sentence. */

const WORDINGS = {
  acknowledged: { tone: 'good', text: 'Acknowledged. Nobody is reminded any more.' },
  assigned: { tone: 'good', text: 'Assigned.' },
  noted: { tone: 'good', text: 'The note is in the timeline.' },
  resolved: { tone: 'good', text: 'Resolved. What still lasts opens it again only if it gets worse.' },
  reviewed: { tone: 'good', text: 'The review is kept with the incident.' },
  contained: { tone: 'good', text: 'Contained. Gateways obey from their next request on.' },
  contained_later: {
    tone: 'bad',
    text: 'Contained, but not every gateway has acknowledged it: some obey later.',
  },
  action_gone: { tone: 'bad', text: 'Nothing was done: this is not recommended any more.' },
  lifted: { tone: 'good', text: 'Lifted. Gateways stop within a second.' },
  not_contained: { tone: 'bad', text: 'Nothing was done: this containment has ended already.' },
  is_over: { tone: 'bad', text: 'Nothing was done: the incident is over already.' },
  is_partial: {
    tone: 'bad',
    text: 'Nothing was done: the incident is also about sources that you do not see.',
  },
  not_over: { tone: 'bad', text: 'Nothing was done: resolve the incident first, then review it.' },
} as const satisfies Record<string, { readonly tone: 'good' | 'bad'; readonly text: string }>

export type IncidentNotice = keyof typeof WORDINGS

/** The notice that a URL names; undefined for an unknown code. */
export const incidentNotice = (code: string | undefined) =>
  code !== undefined && Object.hasOwn(WORDINGS, code) ? WORDINGS[code as IncidentNotice] : undefined
