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

/** Our own words that were replaced by the field's terms. Ordinary English words are matched only where they were names. */
const RETIRED: readonly RegExp[] = [
  /\bTogether\b(?=[<(]|\.)/, /\b(?:mayRide|[Rr]iders?|[Rr]iding|Ridden)\b/, /\basked(?:Text|Of)\b|\bAsked\b(?=[,;} ]+from|<)/,
  /\b[Tt]rail\b/, /\bnewTrail\b/, /\b(?:Reach|HandlerReach|Ground|reachOf)\b/, /\bbecome\(/, /\b[Kk]nock\b/, /\bdoor\b/,
  /\b(?:Sight|seenBy|inSight|sourcesInSight)\b/, /\b(?:LANES|Lane|lanes?)\b/, /\blookBehind\b/,
  /\b(?:BUNDLE_MAX_EVENTS|BUCKET_MAX_BUNDLES|bundlesOf|findBundles)\b/, /\bsubjectsOf\b/, /\b(?:shelf|shelves)\b/,
  /\b[Uu]pkeep\b/, /\bkeepUp\b/, /\b[Dd]ebts?\b/, /\buninstalled\b/, /\buntold\b/, /\btellOwed\b/, /\b(?:[Gg]athered|gather\(|Scene)\b/,
  /\bpostern-safe\b/, /\bSAFE\b/, /\b(?:isMadeHere|madeHere)\b/, /\b(?:DRIVERS|DriverRequest|DriverSetting)\b/, /\b[Ee]rrands?\b/,
  /\b(?:bury|buried|burial|Burial|inter)\b/, /\b[Pp]arcels?\b/, /\b[Ss]cratch\b/, /\blen[dt]\b/, /\btoTheEnd\b|to-the-end/,
  /\b[Mm]ethodsOfProof\b|\bMethodOfProof\b|\bmethods? of proof\b/, /\b(?:un)?proven\b/i, /\b[Ss]hield(?:ed)?\b/, /\b[Gg]reet(?:ing|ings|ed)?\b/,
  /\b(?:delivery_taken|TakenLog|takenLog)\b/, /\b[Rr]oster\b/, /\bDEMANDS?\b|\bDemand\b/, /\bsaysSame\b/, /\bHappenings?\b/, /\b[Mm]ischief\b/,
  /\bSHIELD\b/, /\bsightOf\b/, /c\.(?:get|set)\('ground'/, /\bunheard\b/, /\b(?:message_buried|part_missing|refusals_untold|large_left_behind)\b/,
] // prettier-ignore

/** Refusal codes and recorded data keep their names: they are a contract. Cloudflare's products have theirs. */
const ALLOWED = /\baddress_shielded\b|\bAPI Shield\b/g

/** In a paper, a file's path: the code decides what it is called. */
const FILE = /`(?:src|test|scripts|bench)\/[\w./-]+`/g

/** Where none of these words may be, besides the papers. */
const FOLDERS: readonly string[] = ['src', 'scripts', 'bench', 'test']

/** This list itself. */
const SELF = 'test/words.test.ts'

describe('retired words', () => {
  const tree = [...readTree(ROOT, FOLDERS)].filter(([file]) => file !== SELF)
  const papers = PAPERS.map((paper): [string, string] => [paper, textOf(paper).replaceAll(FILE, '')])
  const all = [...tree, ...papers]

  it.each(RETIRED)('%s is nowhere', (word) => {
    const found = all.flatMap(([file, text]) =>
      text
        .replaceAll(ALLOWED, '')
        .split('\n')
        .flatMap((line, i) => (word.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
    )
    expect(found).toEqual([])
  })
})

/** Retired words that may be no part of a longer identifier either, in camel or snake case. */
const RETIRED_PARTS: ReadonlySet<string> = new Set([
  'proven', 'reach', 'gather', 'upkeep', 'debt', 'debts', 'shield', 'roster', 'mischief', 'errand', 'bury', 'buried', 'parcel', 'scratch',
  'lane', 'lanes', 'shelf', 'shelves', 'greet', 'greeting', 'trail', 'knock', 'demand', 'untold', 'unheard', 'acknowledgement',
]) // prettier-ignore

const partsOf = (identifier: string): string[] =>
  identifier
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split('_')

describe('a part of an identifier', () => {
  it.each(FOLDERS)('in %s is no retired word', (folder) => {
    const tree = [...readTree(ROOT, [folder])].filter(([file]) => file !== SELF)
    const found = tree.flatMap(([file, text]) =>
      [...new Set(text.match(/\b[A-Za-z]\w*\b/g))]
        .filter((one) => partsOf(one).some((part) => RETIRED_PARTS.has(part)) && partsOf(one).length > 1)
        .map((one) => `${file}: ${one}`),
    )
    expect(found).toEqual([])
  })

  it.each([
    ['networkProven', ['network', 'proven']],
    ['acknowledgement_lost', ['acknowledgement', 'lost']],
    ['MAX_LANES', ['max', 'lanes']],
  ])('%s is taken apart', (identifier, parts) => expect(partsOf(identifier)).toEqual(parts))
})

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
