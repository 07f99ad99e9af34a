/** The only list of commands, in the order of the help. The module of a command is loaded when the command is used. */
import type { MakeListed } from '../command.ts'

type Row = readonly [term: string, summary: string, load: () => Promise<MakeListed>]

/** A term is the name with its arguments, which the help shows. */
export const COMMANDS: readonly Row[] = [
  [
    'login',
    'Saves a console and its token. The token is typed at a hidden prompt, or read from standard input.',
    async () => (await import('./login.ts')).login,
  ],
  ['logout', 'Forgets the token of a console.', async () => (await import('./login.ts')).logout],
  [
    'whoami',
    'Who you are for the console, and what you may do.',
    async () => (await import('./sessions.ts')).whoami,
  ],
  ['sources', 'What may send, and where to.', async () => (await import('./sources.ts')).sources],
  [
    'providers [NAME]',
    'The ESPs that a source can name: their secrets, and what to click there.',
    async () => (await import('./providers.ts')).providers,
  ],
  [
    'secrets',
    "Versions of a source's secrets, and how they end.",
    async () => (await import('./secrets.ts')).secrets,
  ],
  [
    'destinations',
    'Where events go: endpoints of yours that receive each event, signed.',
    async () => (await import('./destinations.ts')).destinations,
  ],
  [
    'channels',
    'Where people hear of incidents: chats, pagers, mail, webhooks.',
    async () => (await import('./channels.ts')).channels,
  ],
  ['events', 'What happened to whose mail.', async () => (await import('./events.ts')).events],
  ['messages', 'Where each message stands.', async () => (await import('./messages.ts')).messages],
  [
    'refusals',
    'Which deliveries were refused lately, and why.',
    async () => (await import('./refusals.ts')).refusals,
  ],
  [
    'incidents',
    'What the watch found, and what is done about it.',
    async () => (await import('./incidents.ts')).incidents,
  ],
  [
    'suppressions',
    'Who must not be written to, and why.',
    async () => (await import('./suppressions.ts')).suppressions,
  ],
  [
    'policy',
    'Which bounces suppress an address, for how long, and why one is suppressed.',
    async () => (await import('./policy.ts')).policy,
  ],
  [
    'addresses',
    'Whether addresses take mail, by what is known, DNS, and a verification service if you set one.',
    async () => (await import('./addresses.ts')).addresses,
  ],
  [
    'people',
    'What is known of a person, a copy of it, and its end.',
    async () => (await import('./people.ts')).people,
  ],
  [
    'quarantine',
    'Authentic deliveries that could not be understood.',
    async () => (await import('./quarantine.ts')).quarantine,
  ],
  [
    'reread <SOURCE>',
    "Reads a source's quarantine and stored events again with today's code, shows what changes, and replaces it after it has asked.",
    async () => (await import('./reread.ts')).reread,
  ],
  [
    'backfill <SOURCE>',
    'Takes in what the ESP has of a span and Postern has not, after it has shown how much and asked.',
    async () => (await import('./backfill.ts')).backfill,
  ],
  [
    'dead-letters',
    'Messages that could not be processed.',
    async () => (await import('./dead-letters.ts')).deadLetters,
  ],
  [
    'counters',
    'How many events were stored, and how many deliveries were refused.',
    async () => (await import('./counters.ts')).counters,
  ],
  [
    'deliverability',
    'Delivered, bounced, complained, opened, deferred: counts and rates, and the days before.',
    async () => (await import('./deliverability.ts')).deliverability,
  ],
  [
    'archive',
    'The events as Parquet files, for months and years.',
    async () => (await import('./archive.ts')).archive,
  ],
  [
    'sql <STATEMENT>',
    'Asks the files that archive pull has downloaded: a statement for DuckDB over the view events.',
    async () => (await import('./sql.ts')).sql,
  ],
  [
    'export',
    'Prints all sources, destinations, channels and retention as a file for postern apply; it holds no secret.',
    async () => (await import('./configuration.ts')).exportConfiguration,
  ],
  [
    'diff <FILE|->',
    'Says how sources, destinations and channels differ from a file: 0 when they do not, 1 when they do.',
    async () => (await import('./configuration.ts')).diff,
  ],
  [
    'apply <FILE|->',
    'Brings all sources, destinations and channels to a file, whole or not at all, after it has shown what that changes.',
    async () => (await import('./configuration.ts')).apply,
  ],
  ['tokens', 'API tokens, for programs and for people.', async () => (await import('./tokens.ts')).tokens],
  ['sessions', 'Who is logged in on the pages.', async () => (await import('./sessions.ts')).sessions],
  [
    'admin-token',
    "The Worker's ADMIN_TOKEN, the first way in.",
    async () => (await import('./admin-token.ts')).adminToken,
  ],
  ['audit', 'Who changed what, when and why.', async () => (await import('./audit.ts')).audit],
  [
    'retention',
    'For how long each kind of thing is kept.',
    async () => (await import('./retention.ts')).retention,
  ],
  [
    'backup',
    'All sources, destinations and channels with their secrets in one sealed file.',
    async () => (await import('./backup.ts')).backup,
  ],
  [
    'restore [ID]',
    'Brings back all sources, destinations, channels and secrets of a backup, or changes nothing; then its incidents, and its suppressions if it is in the bucket.',
    async () => (await import('./backup.ts')).restore,
  ],
  [
    'master-key',
    'What rests under which version of the master key.',
    async () => (await import('./master-key.ts')).masterKey,
  ],
  [
    'doctor',
    'Examines a deployment from outside and prints what to do: 0 when nothing is wrong, 1 when something is.',
    async () => (await import('./doctor.ts')).doctor,
  ],
  [
    'tail',
    'Follows what happens, one line a delivery, until Ctrl-C: of the deployed Worker, or of npm start on this machine.',
    async () => (await import('./tail.ts')).tail,
  ],
  [
    'trace <ID>',
    'Follows one delivery: what the API knows of it, and with --log the lines of a log, in the order of time.',
    async () => (await import('./trace.ts')).trace,
  ],
  [
    'listen',
    'Shows events as they are stored, until Ctrl-C, and posts them to an endpoint. They are signed with a new secret, or with POSTERN_LISTEN_SECRET.',
    async () => (await import('./listen.ts')).listen,
  ],
  [
    'capture <NAME>',
    'Keeps the next refused deliveries of a source, and writes each to a file for postern verify, until Ctrl-C.',
    async () => (await import('./capture.ts')).capture,
  ],
  [
    'verify <FILE|->',
    'Judges a captured delivery offline, and says what is wrong with it.',
    async () => (await import('./verify.ts')).verify,
  ],
  [
    'explain [TEXT...]',
    'Says which cause the answer of a mail server names, and what to do.',
    async () => (await import('./explain.ts')).explain,
  ],
  [
    'sign [PROVIDER]',
    'Makes a correctly signed delivery of any provider, under keys made for it alone, and may send it.',
    async () => (await import('./sign.ts')).sign,
  ],
  [
    'drill',
    'Practices attacks, to test your own alarms, and recovery.',
    async () => (await import('./drill.ts')).drill,
  ],
  [
    'assess <GATEWAY>',
    'Tests the security of a deployment of yours, for ten minutes and with ten requests a second at most.',
    async () => (await import('./assess.ts')).assessment,
  ],
  [
    'completion <SHELL>',
    'Prints the completion script of a shell.',
    async () => (await import('./completion.ts')).completion,
  ],
]
