/** Writes what to click at each ESP into docs/providers.md, from the data that the console shows. */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { PROVIDERS } from '../src/providers/index.ts'
import { setupOf } from '../src/providers/setup/index.ts'

const FILE = path.join(import.meta.dirname, '..', 'docs', 'providers.md')
const BEGIN = '<!-- from src/providers/setup: npx node scripts/setup-docs.ts -->\n'
const END = '<!-- end -->'

const inWords = (text: string): string => text.replaceAll('{url}', 'the `webhook_url`')

/** Steps of one ESP. Its documentation is linked with the day on which it was read. */
function sectionOf(name: string, title: string): string[] {
  const setup = setupOf(name)
  if (setup === undefined || setup.documentation === undefined) return []
  const { where, page, documentation, readOn, steps, key, slot, test } = setup
  const lines = [
    `### ${title}`,
    '',
    `${page === undefined ? where : `[${where}](${page})`} ([its documentation](${documentation}), read on ${readOn})`,
    '',
    ...steps.map((step, i) => `${i + 1}. ${inWords(step)}`),
    `${steps.length + 1}. \`${slot}\`: ${inWords(key)}`,
    `${steps.length + 2}. ${inWords(test)}`,
    '',
  ]
  return lines
}

/** The whole file as it should be. */
export function withSetups(text: string): string {
  const [before = '', rest = ''] = text.split(BEGIN)
  const after = rest.slice(rest.indexOf(END))
  const sections = PROVIDERS.flatMap(({ name, title }) => sectionOf(name, title))
  return `${before}${BEGIN}\n${sections.join('\n')}\n${after}`
}

if (import.meta.main) writeFileSync(FILE, withSetups(readFileSync(FILE, 'utf8')))
