/** Notices that the page of a destination shows after an action. The URL carries only a code and a number, never a sentence. */

interface Wording {
  readonly tone: 'good' | 'bad'
  readonly say: (count: number) => string
}

const WORDINGS = {
  tested: { tone: 'good', say: () => 'The endpoint accepted the test event.' },
  test_failed: {
    tone: 'bad',
    say: () => 'The endpoint did not accept the test event. The newest attempt says why.',
  },
  paused: { tone: 'good', say: () => 'Paused. Events wait in the store.' },
  resumed: { tone: 'good', say: () => 'Resumed. What waited is sent now.' },
  retried: { tone: 'good', say: (count) => `${deliveries(count)} tried again now.` },
  skipped: { tone: 'good', say: () => 'It is a dead letter. What it held back is sent now.' },
  delivery_unknown: { tone: 'bad', say: () => 'That delivery does not wait any more.' },
  redriven: { tone: 'good', say: (count) => `${deliveries(count)} put back. All tries begin again.` },
  nothing_redriven: { tone: 'bad', say: () => 'There was no such dead letter any more.' },
  replaying: { tone: 'good', say: (count) => `The replay of ${count} event${count === 1 ? '' : 's'} runs.` },
  nothing_replayed: { tone: 'bad', say: () => 'No event is stored of that time.' },
  replay_running: { tone: 'bad', say: () => 'A replay runs already: wait for its end, or end it.' },
  replay_ended: { tone: 'good', say: () => 'The replay has ended. What it sent stays sent.' },
} as const satisfies Record<string, Wording>

const deliveries = (count: number): string => (count === 1 ? '1 delivery is' : `${count} deliveries are`)

export type DestinationNotice = keyof typeof WORDINGS

export const noticeQuery = (notice: DestinationNotice, count?: number): string =>
  `notice=${notice}${count === undefined ? '' : `&count=${count}`}`

/** The notice that a URL names; undefined for an unknown code or a malformed number. */
export function destinationNotice(
  query: URLSearchParams,
): { readonly tone: 'good' | 'bad'; readonly text: string } | undefined {
  const code = query.get('notice') ?? ''
  const count = query.get('count') ?? '0'
  if (!Object.hasOwn(WORDINGS, code) || !/^[0-9]{1,9}$/.test(count)) return undefined
  const { tone, say } = WORDINGS[code as DestinationNotice]
  return { tone, text: say(Number(count)) }
}
