/** Writes the parts of papers that are made of data, and the OpenAPI document: `npx node scripts/docs-tables.ts`. A test compares them. */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { COMMON } from '../src/channels/document.ts'
import type { Driver } from '../src/drivers/driver.ts'
import { DRIVERS } from '../src/drivers/index.ts'
import { RIGHTS_FOR } from '../src/drivers/key-facts.ts'
import { CAUSES, meaningOf } from '../src/event/cause/causes.ts'
import { BLOCKLIST_PAGES, RECEIVER_PAGES } from '../src/event/cause/postmaster-pages.ts'
import { SIGNS } from '../src/event/automated/signs.ts'
import { documentOf } from '../src/console/api/document/index.ts'
import { ROUTES } from '../src/console/api/index.ts'
import { LOG_EVENTS, LOG_FIELDS } from '../src/platform/log-events.ts'
import { type Setting, durationWords, isSeconds, rangeWords, settingsIn } from '../src/platform/settings.ts'
import { PROVIDER_FACTS, type ProviderFacts, providerTitle } from '../src/providers/facts.ts'
import { FRESHNESS } from '../src/providers/freshness.ts'
import { setupSteps } from '../src/providers/setup/index.ts'
import { DESTINATION_SETTINGS } from '../src/registry/destinations/document.ts'
import { SOURCE_SETTINGS } from '../src/registry/sources/document.ts'
import { CLIENTS, CONVERSATIONS, type ConversationName } from './judges/clients.ts'
import {
  CONFIRMATIONS,
  type Confirmation,
  KINDS,
  type Kind,
  REMARKS,
  counts,
  kindOf,
} from './judges/confirmed.ts'

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`

/** Steps of one ESP. Its documentation is linked with the day on which it was read. */
function setupSection({ title, setup }: ProviderFacts): string[] {
  if (setup === null || setup.documentation === undefined || setup.read_on === undefined) return []
  const { where, page, documentation, read_on: readOn } = setup
  return [
    `### ${title}`,
    '',
    `${page === undefined ? where : `[${where}](${page})`} ([its documentation](${documentation}), read on ${readOn})`,
    '',
    ...setupSteps(setup, 'the `webhook_url`').map((step, i) => `${i + 1}. ${step}`),
    '',
  ]
}

const freshnessTable = (): string[] => [
  row('ESP', 'looked at on', 'sources'),
  '|---|---|---|',
  ...Object.entries(FRESHNESS).map(([name, { lookedOn, sources }]) =>
    row(
      providerTitle(name),
      lookedOn,
      sources.map((source) => source.replace(/^https:\S+/, '<$&>')).join('; '),
    ),
  ),
  '',
]

const namelessTable = (): string[] => [
  row('ESP', 'events without an address'),
  '|---|---|',
  ...PROVIDER_FACTS.flatMap(({ title, nameless }) => (nameless === null ? [] : [row(title, nameless)])),
  '',
]

const confirmationTable = (): string[] => [
  `Of ${CONFIRMATIONS.length} proofs, ${Object.entries(counts())
    .map(([kind, count]) => `${count} are confirmed ${KINDS[kind as Kind]}`)
    .join(', ')}. Each counts once, by the first of these that it has.`,
  '',
  row(
    'ESP',
    'signature that was published',
    "vendor's own library",
    "another project's library",
    'our reading alone',
  ),
  '|---|---|---|---|---|',
  ...CONFIRMATIONS.map(confirmationRow),
  '',
]

const confirmationRow = (one: Confirmation): string =>
  row(
    providerTitle(one.provider),
    one.published.map(({ source, on }) => `of ${on}: ${source}`).join('; '),
    one.vendor.map((name) => `\`${name}\``).join(', '),
    one.other.join(', '),
    kindOf(one) === 'reading' ? (REMARKS[one.provider] ?? '') : '',
  )

const code = (name: string): string => `\`${name}\``

const logEventTable = (): string[] => [
  row('event', 'Worker', 'meaning', 'fields'),
  '|---|---|---|---|',
  ...Object.entries(LOG_EVENTS).map(([name, { by, says, fields }]) =>
    row(code(name), by, says, fields.map(code).join(', ')),
  ),
  '',
]

const logFieldTable = (): string[] => [
  row('field', 'meaning'),
  '|---|---|',
  ...Object.entries(LOG_FIELDS).map(([name, meaning]) => row(code(name), meaning)),
  '',
]

const settingTable = (settings: readonly Setting[]) => (): string[] => [
  row('setting', 'default', 'meaning'),
  '|---|---|---|',
  ...settings.map((one) => {
    const { path: name, choices, description } = one
    const values =
      choices.length > 0 ? `One of ${choices.map(code).join(', ')}.` : `${rangeWords(one) ?? ''}.`
    return row(code(name), defaultOf(one), [description, values === '.' ? '' : values].join(' ').trim())
  }),
  '',
]

function defaultOf(one: Setting): string {
  const { default: usual, isRequired, unset = usual === undefined && !isRequired ? 'none' : undefined } = one
  if (unset !== undefined || usual === undefined) return unset ?? ''
  return isSeconds(one) && Number(usual) >= 60
    ? `${code(String(usual))} (${durationWords(Number(usual))})`
    : code(String(usual))
}

const causeTable = (): string[] => [
  row('cause', 'meaning', 'what to do'),
  '|---|---|---|',
  ...CAUSES.map((cause) => row(code(cause), meaningOf(cause).means, meaningOf(cause).todo)),
  '',
]

const pageTable = (): string[] => [
  row('whose', 'page'),
  '|---|---|',
  ...[...RECEIVER_PAGES, ...BLOCKLIST_PAGES].map(([name, page]) => row(code(name), `<${page}>`)),
  '',
]

const signTable = (): string[] => [
  row('`automated_by`', 'confidence', 'how it is known'),
  '|---|---|---|',
  ...Object.entries(SIGNS).map(([by, { confidence, words }]) => row(code(by), confidence, words)),
  '',
]

/** Drivers that ask anything, by the names that people know. */
const asking = (): readonly Driver[] =>
  DRIVERS.filter(({ webhook, past, suppressions }) => webhook ?? past ?? suppressions)

const webhookCell = ({ webhook }: Driver): string => {
  if (webhook === undefined) return ''
  const told = [
    'state',
    ...(webhook.tellsSigning ? ['signing'] : []),
    ...(webhook.details ? ['details'] : []),
  ]
  const mended =
    webhook.mend === undefined ? '' : webhook.mends === 'existing' ? '; mended' : '; mended, made'
  return `${told.join(', ')}${mended}`
}

const pastCell = ({ past }: Driver): string => {
  if (past === undefined) return ''
  const days = past.keptDays === null ? 'not said' : `${past.keptDays} days`
  return `${days}; ${past.copies === 'same_id' ? 'same id' : `within ${past.copies.withinSeconds} s`}`
}

const suppressionsCell = ({ suppressions }: Driver): string =>
  (suppressions?.reasons ?? [])
    .map((reason) => (suppressions?.adds.includes(reason) === true ? `**${code(reason)}**` : code(reason)))
    .join(', ')

const capabilityTable = (): string[] => [
  row('ESP', 'webhook', 'past events', 'suppressions'),
  '|---|---|---|---|',
  ...asking().map((one) =>
    row(providerTitle(one.provider), webhookCell(one), pastCell(one), suppressionsCell(one)),
  ),
  '',
]

const rightsTable = (): string[] => [
  row('ESP', ...Object.values(RIGHTS_FOR), 'can send mail'),
  '|---|---|---|---|---|---|',
  ...asking().map(({ provider, rights, keyCanSend }) =>
    row(
      providerTitle(provider),
      ...[rights.webhook, rights.mend, rights.past, rights.suppressions].map((text) => text ?? ''),
      keyCanSend ? 'yes' : 'no',
    ),
  ),
  '',
]

const gapTable = (): string[] => [
  row('ESP', 'past events'),
  '|---|---|',
  ...asking().flatMap(({ provider, past }) =>
    past?.lacks ? [row(providerTitle(provider), past.lacks)] : [],
  ),
  '',
]

/** Conversations with what is said of each, those of which the same is said together. */
const said = (rows: readonly (readonly [name: string, says: string])[]): string =>
  [...Map.groupBy(rows, ([, says]) => says)]
    .map(([says, own]) =>
      [own.map(([name]) => name).join(', '), says].filter((part) => part !== '').join(': '),
    )
    .map((text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`)
    .join('. ')

function clientTable(): string[] {
  const clients = Object.entries(CLIENTS).map(([provider, client]) => {
    const rows = Object.entries(client.rows).map(
      ([name, one]) => [CONVERSATIONS[name as ConversationName], one] as const,
    )
    return {
      title: providerTitle(provider),
      name: client.package,
      same: rows.flatMap(([name, one]) =>
        typeof one === 'object' && one.reservation === undefined ? [[name, ''] as const] : [],
      ),
      reserved: rows.flatMap(([name, one]) =>
        typeof one === 'object' && one.reservation !== undefined
          ? [[name, one.reservation.says] as const]
          : [],
      ),
      unjudged: rows.flatMap(([name, one]) => (typeof one === 'string' ? [[name, one] as const] : [])),
    }
  })
  const sum = (of: 'same' | 'reserved' | 'unjudged') =>
    clients.reduce((sofar, client) => sofar + client[of].length, 0)
  return [
    `Of ${sum('same') + sum('reserved') + sum('unjudged')} calls, the vendor's package makes ${sum('same')} as the driver does, and ${sum('reserved')} with a reservation. ${sum('unjudged')} are not judged in the tests.`,
    '',
    row('ESP', 'package', 'the same', 'with a reservation', 'not judged'),
    '|---|---|---|---|---|',
    ...clients.map(({ title, name, same, reserved, unjudged }) =>
      row(title, name, said(same), said(reserved), said(unjudged)),
    ),
    '',
  ]
}

/** By paper, the parts that are made of data. */
const PARTS: Readonly<Record<string, Readonly<Record<string, () => readonly string[]>>>> = {
  'docs/providers.md': {
    setup: () => PROVIDER_FACTS.flatMap(setupSection),
    nameless: namelessTable,
    freshness: freshnessTable,
  },
  'docs/logs.md': { events: logEventTable, fields: logFieldTable },
  'docs/sources.md': { settings: settingTable(SOURCE_SETTINGS) },
  'docs/destinations.md': { settings: settingTable(DESTINATION_SETTINGS) },
  'docs/channels.md': { settings: settingTable(settingsIn(COMMON)) },
  'docs/causes.md': { causes: causeTable, pages: pageTable },
  'docs/esp-accounts.md': {
    capabilities: capabilityTable,
    rights: rightsTable,
    gaps: gapTable,
    clients: clientTable,
  },
  'docs/machines.md': { signs: signTable },
  'docs/proofs.md': { confirmations: confirmationTable },
}
export const PAPERS: readonly string[] = Object.keys(PARTS)

const END = '<!-- end -->'

/** The whole paper as it should be. */
export function withTables(paper: string, text: string): string {
  return Object.entries(PARTS[paper] ?? {}).reduce((sofar, [name, lines]) => {
    const begin = `<!-- ${name}: npx node scripts/docs-tables.ts -->\n`
    const [before, rest] = sofar.split(begin)
    if (before === undefined || rest === undefined) throw new Error(`${paper} has no place for ${name}`)
    return `${before}${begin}\n${lines().join('\n')}\n${rest.slice(rest.indexOf(END))}`
  }, text)
}

export const OPENAPI = 'docs/openapi.json'

/** The OpenAPI document with an operation, or a schema, a line: so a change shows where it is. */
export function openApiText(): string {
  const { paths, components, ...rest } = documentOf(ROUTES)
  const lines = (value: object, text: (part: object) => string = JSON.stringify): string =>
    `{\n${Object.entries(value)
      .map(([name, part]: [string, object]) => `${JSON.stringify(name)}: ${text(part)}`)
      .join(',\n')}\n}`
  const all = { ...rest, paths, components }
  return `${lines(all, (part) => {
    if (part === paths) return lines(part, lines)
    return part === components ? lines(part, lines) : JSON.stringify(part)
  })}\n`
}

if (import.meta.main) {
  writeFileSync(path.join(import.meta.dirname, '..', OPENAPI), openApiText())
  for (const paper of PAPERS) {
    const file = path.join(import.meta.dirname, '..', paper)
    writeFileSync(file, withTables(paper, readFileSync(file, 'utf8')))
  }
}
