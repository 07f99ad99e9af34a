/** How an ESP is set up to send to a source: what to click in its own console, in its own words. */

/**
 * Consoles of ESPs change, so the words say what to look for, and when they were read. In texts, `**words**` are those of the
 * ESP's console, and `{url}` stands for the webhook URL.
 */
export interface Setup {
  /** The way to the page in the ESP's console. */
  readonly where: string
  /** The address of that page; absent if it differs by account, or is not known. */
  readonly page?: string
  /** Page of the ESP that describes it; absent where there is no ESP. */
  readonly documentation?: string
  /** Day on which the words were read. */
  readonly readOn: string
  /** Entries and switches, in order. The last one saves. */
  readonly steps: readonly string[]
  /** The slot that a new source fills. */
  readonly slot: string
  /** Where the ESP shows the secret, or where it takes the one that you choose. */
  readonly key: string
  /** How a first delivery is caused. */
  readonly test: string
  /** A first delivery from a shell. */
  readonly example?: string
  /** Usual causes of a refusal or of silence at this ESP. */
  readonly causes?: readonly string[]
}

/** Day on which the pages of all rows were read. */
export const READ = '2026-11-29'
export const ALL_EVENTS = 'Choose the events: all of them, or those that you want to see.'
