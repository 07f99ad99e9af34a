/** CHANGELOG.md names the classes of Durable Objects of each version, and says so if a version has no way back because of them. */
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { readCommitted } from '../../scripts/deploy/configuration/committed.ts'
import { ROOT } from '../../scripts/workers.ts'

/** Title of the section of what has no version yet. */
const UNRELEASED = 'Unreleased'

/**
 * Problems of a changelog. A version without a list of classes is not compared: no installation of it can be upgraded.
 *
 * @param version of this checkout, whose section may be the newest
 * @param classes that this checkout declares
 */
function problemsOf(changelog: string, version: string, classes: readonly string[]): string[] {
  const [newest, ...earlier] = changelog.split(/^## /m).slice(1)
  const title = newest?.split('\n')[0] ?? ''
  if (newest === undefined || ![version, UNRELEASED].includes(title))
    return [`The first section is not ${version}, and not ${UNRELEASED}.`]
  const listed = classesIn(newest)
  if (listed?.join() !== classes.toSorted().join())
    return [`The section ${title} needs the line: ${lineOf(classes.toSorted())}`]
  return [newest, ...earlier].flatMap((section, i, all) => {
    const [later, before] = [classesIn(section), classesIn(all[i + 1] ?? '')]
    if (later === undefined || before === undefined) return []
    const changed = [...later, ...before].filter((name) => !later.includes(name) || !before.includes(name))
    const sentence = /There is no way back[^]*?(?:\n\n|$)/.exec(section)?.[0] ?? ''
    return changed
      .filter((name) => !sentence.includes(`\`${name}\``))
      .map((name) => `${section.split('\n')[0]}: the paragraph “There is no way back” must name \`${name}\`.`)
  })
}

const lineOf = (classes: readonly string[]): string =>
  `Durable Object classes: ${classes.map((name) => `\`${name}\``).join(', ')}.`

const classesIn = (section: string): string[] | undefined =>
  /^Durable Object classes: ([^.]+)\.$/m
    .exec(section)?.[1]
    ?.split(/,\s/)
    .map((name) => name.slice(1, -1))

it('is true of this version', async () => {
  const configurations = await readCommitted()
  const classes = configurations.flatMap(({ configuration }) => Object.keys(configuration.exports ?? {}))
  const { version } = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8')) as { version: string }
  expect(problemsOf(await readFile(`${ROOT}CHANGELOG.md`, 'utf8'), version, classes)).toEqual([])
})

describe('a later version', () => {
  const FIRST = `## 1.0.0\n\n${lineOf(['Guard', 'Watch'])}\n`
  const changelog = (text: string) => `# Changelog\n\n## 1.1.0\n\n${text}\n\n${FIRST}`
  const back = (names: string) => `There is no way back to 1.0.0: ${names} is new.`
  const BOTH = ['Watch', 'Guard']
  const THREE = ['Guard', 'Mail', 'Watch']

  it.each<[what: string, text: string, classes: readonly string[], problem: RegExp | undefined]>([
    ['has the same classes', lineOf(['Guard', 'Watch']), BOTH, undefined],
    [
      'does not list them',
      'Faster.',
      BOTH,
      /1\.1\.0 needs the line: Durable Object classes: `Guard`, `Watch`\./,
    ],
    ['lacks a new class', lineOf(['Guard', 'Watch']), THREE, /needs the line/],
    ['says nothing of a new class', lineOf(THREE), THREE, /must name `Mail`/],
    ['says it', `${lineOf(THREE)}\n\n${back('`Mail`')}`, THREE, undefined],
    ['says it of another class', `${lineOf(THREE)}\n\n${back('`Post`')}`, THREE, /must name `Mail`/],
    [
      'says it in another paragraph',
      `${lineOf(THREE)}\n\n${back('It')}\n\n\`Mail\``,
      THREE,
      /must name `Mail`/,
    ],
    ['says nothing of a removed class', lineOf(['Guard']), ['Guard'], /must name `Watch`/],
    ['says nothing of a renamed class', lineOf(['Guard', 'Watcher']), ['Guard', 'Watcher'], /`Watcher`/],
  ])('that %s', (_what, text, classes, problem) => {
    const problems = problemsOf(changelog(text), '1.1.0', classes)
    if (problem === undefined) expect(problems).toEqual([])
    else expect(problems.join('\n')).toMatch(problem)
  })

  it('needs a section of its own', () => {
    expect(problemsOf(FIRST, '1.1.0', BOTH)).toEqual(['The first section is not 1.1.0, and not Unreleased.'])
  })

  it('is still checked when another one follows', () => {
    const text = `## 1.2.0\n\n${lineOf(THREE)}\n\n## 1.1.0\n\n${lineOf(THREE)}\n\n${FIRST}`
    expect(problemsOf(text, '1.2.0', THREE)).toEqual([
      '1.1.0: the paragraph “There is no way back” must name `Mail`.',
    ])
  })
})
