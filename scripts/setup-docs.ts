/** Writes what to click at each ESP into docs/providers.md, from the data that the console shows. */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { PROVIDER_FACTS, type ProviderFacts } from '../src/providers/facts.ts'
import { setupSteps } from '../src/providers/setup/index.ts'

const FILE = path.join(import.meta.dirname, '..', 'docs', 'providers.md')
const BEGIN = '<!-- from src/providers/setup: npx node scripts/setup-docs.ts -->\n'
const END = '<!-- end -->'

/** Steps of one ESP. Its documentation is linked with the day on which it was read. */
function sectionOf({ title, setup }: ProviderFacts): string[] {
  if (setup === null || setup.documentation === undefined) return []
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

/** The whole file as it should be. */
export function withSetups(text: string): string {
  const [before = '', rest = ''] = text.split(BEGIN)
  const after = rest.slice(rest.indexOf(END))
  const sections = PROVIDER_FACTS.flatMap(sectionOf)
  return `${before}${BEGIN}\n${sections.join('\n')}\n${after}`
}

if (import.meta.main) writeFileSync(FILE, withSetups(readFileSync(FILE, 'utf8')))
