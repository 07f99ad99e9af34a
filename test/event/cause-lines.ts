/** Lists of answers beside the tests. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The columns of each line that is no comment. */
export const linesOf = (file: string): string[][] =>
  readFileSync(join(import.meta.dirname, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('\t'))
