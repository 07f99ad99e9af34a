/** `postern destinations put`: creates or replaces a destination, by options or by a file. */
import { destinationRoutes } from '../../api/destinations.ts'
import { type Cli, because, verb } from '../command.ts'
import { documentFrom } from '../input-file.ts'
import { durationSeconds, listOf, oneOf, positiveNumber, timeOf, wholeNumber } from '../options.ts'
import { linkLines, stateLines } from './answer.ts'
import { documentOf } from './options-document.ts'
import { NAME } from './path.ts'

/** As `changing`, but `--url` is the endpoint's here. */
export const put = ({ api, io, show }: Cli) =>
  verb(
    'put',
    'Creates or replaces a destination: what is not named gets its default. A generated secret is fetched once, by a link.',
    'postern destinations put app --url https://app.example.com/email-events --types email.bounced,email.spam_reported',
  )
    .argument(...NAME)
    .option('--url <URL>', 'the endpoint that receives the events')
    .option('--types <LIST>', 'only these types: email.bounced,email.spam_reported', listOf)
    .option('--sources <LIST>', 'only of these sources: shop,news', listOf)
    .option('--where <JSON>', 'only events with these fields: {"bounce_type": "hard"}')
    .option('--batch <N>', 'send up to so many events together', wholeNumber(1, 1_000))
    .option('--max-wait <TIME>', 'how long a batch waits until it is full: 5s', durationSeconds)
    .option(
      '--personal <HOW>',
      'what it is told of a person: full, pseudonym, none',
      oneOf('full', 'pseudonym', 'none'),
    )
    .option(
      '--header <HEADER>',
      "'name: value' of each request, any number of times; a value of - is typed unseen, or read from standard input",
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
    )
    .option('--ordered', 'one after the other for the same message and recipient')
    .option('--rate <N>', 'at most so many requests a second', positiveNumber)
    .option('--concurrency <N>', 'at most so many requests at once: 1 to 6', wholeNumber(1, 6))
    .option('--timeout <TIME>', 'how long an answer may take: 1s to 30s', durationSeconds)
    .option(
      '--start <TIME>',
      'where a new one begins: now, oldest, RFC 3339, or 24h for the last day',
      (text) => (['now', 'oldest'].includes(text) ? text : timeOf(text, io.nowMs())),
    )
    .option('--ed25519', 'sign with a public key, too')
    .option('--paused', 'do not send until it is resumed')
    .option('--tells-erasures', 'it is told of each person who is erased')
    .option(
      '--private-network',
      'the endpoint is in a private network: with npm start only, which also finds that out by itself',
    )
    .option('--file <FILE|->', 'instead: its document as JSON, as for PUT /api/destinations')
    .option('--if-version <N>', 'only if it is still at this version; 0: only if there is none')
    .option('--console <URL>', 'where the console answers; default as --url of other commands')
    .option('--reason <WHY>', 'why, for the audit log')
    .action(async (name, options) => {
      const { json: _json, console: at, reason, ifVersion, file, ...settings } = options
      const body = await documentFrom(file, settings, documentOf, io)
      const call = { params: { name }, body, ...because({ reason, ifVersion }) }
      const destination = await (await api({ url: at })).call(destinationRoutes.putDestination, call)
      show(options, destination, () =>
        [
          `${name} is at version ${destination.version}: ${destination.url}`,
          ...linkLines(destination),
          ...stateLines(destination),
        ].join('\n'),
      )
    })
