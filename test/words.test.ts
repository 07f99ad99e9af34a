/** How Postern is written: in the field's terms, and in sentences that can be read once. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../scripts/workers.ts'
import { sentencesOf, wordsOf } from './support/prose.ts'
import { readTree } from './support/tree.ts'

const pagesIn = (folder: string): string[] =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md') && !file.includes('node_modules'))
    .map((file) => path.posix.join(folder, file))

const PAPERS = [
  ...readdirSync(ROOT).filter((file) => file.endsWith('.md')),
  ...pagesIn('docs'),
  ...pagesIn('bench'),
].toSorted()
const textOf = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8')

/** Twenty words are many; a longer sentence than this has to be read twice. */
const SENTENCE_MAX_WORDS = 40

describe('a paper', () => {
  it.each(PAPERS)('%s has no sentence of more than forty words', (paper) => {
    expect(sentencesOf(textOf(paper)).filter((sentence) => wordsOf(sentence) > SENTENCE_MAX_WORDS)).toEqual(
      [],
    )
  })

  it.each(PAPERS)('%s points only to papers that are in the repository', (paper) => {
    // A link's target or a bare name; a link's text is no path.
    const named = textOf(paper)
      .replaceAll(/\[[^\]]*\]\(/g, '(')
      .match(/(?<!\w)(?:[\w.-]+\/)*[A-Z]+\.md\b/g)
    const isThere = (one: string): boolean =>
      [path.dirname(paper), '', 'docs'].some((folder) => existsSync(path.join(ROOT, folder, one)))
    expect((named ?? []).filter((one) => !isThere(one))).toEqual([])
  })
})

/** Where comments are read. */
const FOLDERS: readonly string[] = ['src', 'scripts', 'bench', 'test']

/** Its table has what it must find. */
const SELF = 'test/words.test.ts'

/** Beginnings whose noun is on the next line, so that a reader has to guess: a doc comment begins with a noun or a verb. */
const RIDDLE =
  /\/\*\*\s+(?:\* )?(?:What|Whatever|Who|Whoever|One (?:that|which|who|whose)|Those|None|It|They)\b[^\n]*/g

/** The same in a comment of one line, in which "it" and "they" may mean the line above. */
const LINE_RIDDLE = /^\s*\/\/ (?:What|Whatever|Whoever|One (?:that|which|who|whose)|Those)\b.*$/gm

describe('a comment', () => {
  it.each(FOLDERS)('in %s begins with a noun or a verb', (folder) => {
    const tree = [...readTree(ROOT, [folder])].filter(([file]) => file !== SELF)
    const found = tree.flatMap(([file, text]) =>
      [RIDDLE, LINE_RIDDLE].flatMap((form) => [...text.matchAll(form)].map(([line]) => `${file}: ${line}`)),
    )
    expect(found).toEqual([])
  })

  it.each([
    ['/** What it is. */', true],
    ['/**\n * One that waits.\n */', true],
    ['/** Those of today. */', true],
    ['/** One request. */', false],
    ['/** Items of a batch. What they are follows. */', false],
    ['  // What came late.', true],
    ['  // They came late.', false],
    ['call() // What it does.', false],
  ])('%j is told apart', (text, isFound) =>
    expect([RIDDLE, LINE_RIDDLE].some((form) => text.search(form) >= 0)).toBe(isFound),
  )
})

describe('these rules', () => {
  it.each([
    ['One. Two words.\n\nThree', ['One.', 'Two words.', 'Three']],
    ['- first\n- second, which\n  goes on', ['first', 'second, which goes on']],
    ['| a | b c |\n|---|---|\n| d. E | f |', ['a', 'b c', '---', 'd.', 'E', 'f']],
    ['See [that page](x/y.md) and `a b c d`.', ['See that page and Code.']],
    ['Before.\n\n```sh\nnot prose\n```\n\nAfter.', ['Before.', 'After.']],
  ])('take %j apart', (text, sentences) => {
    expect(sentencesOf(text).filter((one) => wordsOf(one) > 0)).toEqual(
      sentences.filter((one) => one !== '---'),
    )
  })

  it('count words and no marks', () => expect(wordsOf('one – two, three & 4')).toBe(4))
})
