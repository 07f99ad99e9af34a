/** How an ESP is set up to send to a source: what to click in its own console, in its own words. */
import * as v from 'valibot'

const said = (description: string) => v.pipe(v.string(), v.description(description))

/**
 * Consoles of ESPs change, so the words say what to look for, and when they were read. In texts, `**words**` are those of the
 * ESP's console, and `{url}` stands for the webhook URL.
 */
export const SetupSchema = v.object({
  where: said("The way to the page in the ESP's console."),
  page: v.exactOptional(said('The address of that page. Absent if it differs by account, or is not known.')),
  documentation: v.exactOptional(said('Page of the ESP that describes it. Absent if there is no ESP.')),
  read_on: v.exactOptional(said('Day on which the words were read. Absent if there is no ESP.')),
  steps: v.pipe(
    v.array(v.string()),
    v.description('Entries and switches, in order. The last one saves. {url} stands for the webhook URL.'),
  ),
  slot: said('The slot that a new source fills.'),
  key: said('Where the ESP shows the secret, or where it takes the one that you choose.'),
  test: said('How a first delivery is caused.'),
  example: v.exactOptional(said('A first delivery from a shell.')),
  causes: v.exactOptional(
    v.pipe(v.array(v.string()), v.description('Usual causes of a refusal or of silence at this ESP.')),
  ),
})
export type Setup = v.InferOutput<typeof SetupSchema>

/** A set-up as it is written here. The day is that of the last look at the ESP's pages (`../freshness.ts`). */
export type SetupWords = Omit<Setup, 'read_on'>

export const ALL_EVENTS = 'Choose the events: all of them, or those that you want to see.'

/** The first step at an ESP that saves a webhook only if a call is answered which nothing verifies. */
export const OPEN_SETUP =
  'Open the set-up of the source in Postern, with its button or `postern sources setup NAME`. Without it, the first call of the ESP is refused, and the webhook is not saved.'
