/** Sentences of a paper, for the rules of how it is written. */

/** A block of Markdown that is no prose: code, diagrams, HTML comments. */
const NO_PROSE = /^ *```[\s\S]*?^ *```$|<!--[\s\S]*?-->/gm

/**
 * The sentences of a paper. A list item, a heading, a table cell and a middle dot each begin a new one. A link counts as its text,
 * and code as one word.
 */
export function sentencesOf(markdown: string): string[] {
  const blocks = markdown
    .replaceAll(NO_PROSE, '\n\n')
    .replaceAll(' · ', '\n\n')
    .split('\n')
    .map((line) =>
      /^\s*(?:[-*]|\d+\.|#+|>)\s/.test(line) ? `\n\n${line.replace(/^\s*(?:[-*]|\d+\.|#+|>)\s/, '')}` : line,
    )
    .map((line) => (line.trimStart().startsWith('|') ? `\n\n${line.replaceAll(' | ', '\n\n')}\n\n` : line))
    .join('\n')
    .split(/\n\s*\n/)
  return blocks.flatMap((block) =>
    block
      .replaceAll(/`[^`]*`/g, 'Code')
      .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll(/[|*_]/g, ' ')
      .split(/(?<=[.!?]["”)]?)\s+(?=["“(]?[\p{Lu}\d])|(?<=:)\s*$/u)
      .map((sentence) => sentence.trim().replaceAll(/\s+/g, ' '))
      .filter((sentence) => sentence !== ''),
  )
}

/** Words between white space; what holds no letter and no digit is none. */
export const wordsOf = (sentence: string): number =>
  sentence.split(' ').filter((word) => /[\p{L}\p{N}]/u.test(word)).length
