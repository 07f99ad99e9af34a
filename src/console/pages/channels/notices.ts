/** Notices that the page of a channel shows after an action. The URL carries only a code, never a sentence. */

const WORDINGS = {
  created: { tone: 'good', text: 'Created. Send a test notice, and see whether it arrives.' },
  changed: { tone: 'good', text: 'Changed. The next notice is sent with the new settings.' },
  tested: { tone: 'good', text: 'The channel accepted a test notice that fires, and one that it is over.' },
  test_failed: { tone: 'bad', text: 'The channel did not accept the test notice. The last error says why.' },
  paused: { tone: 'good', text: 'Paused. Nobody is told anything until it is resumed.' },
  resumed: { tone: 'good', text: 'Resumed. Incidents that are still open are sent now.' },
  removed: { tone: 'good', text: 'Removed. Nothing is sent to it any more.' },
} as const satisfies Record<string, { readonly tone: 'good' | 'bad'; readonly text: string }>

export type ChannelNotice = keyof typeof WORDINGS

/** The notice that a URL names; undefined for an unknown code. */
export const channelNotice = (code: string | undefined) =>
  code !== undefined && Object.hasOwn(WORDINGS, code) ? WORDINGS[code as ChannelNotice] : undefined
