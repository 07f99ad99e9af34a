/** Removes from attempts what says something of a person who is erased. */
import type { Attempt } from '../../api/destinations.ts'

/** An attempt as it is stored. */
export interface StoredAttempt extends Attempt {
  /**
   * The marks of those whose events it sent, with spaces between them. Entries of earlier versions do not have it: they may be about
   * anybody.
   */
  readonly people?: string
}

/** Whom an erasure concerns. */
export interface Erased {
  /** Blind index, 32 hex digits. */
  readonly person: string
  /** Whether a text names the person. */
  readonly isNamedIn: (text: string) => Promise<boolean>
}

/**
 * A batch has a thousand people, so each is kept as a part of the blind index. Where two people share it, an answer goes with the
 * wrong one, once in four billion.
 */
const MARK_DIGITS = 8

const markOf = (person: string): string => person.slice(0, MARK_DIGITS)

/** @param people blind indexes; null for an event that names nobody */
export const marksOf = (people: readonly (string | null)[]): string =>
  [...new Set(people.flatMap((person) => (person === null ? [] : [markOf(person)])))].join(' ')

/** Whether it sent an event of a person. One of an earlier version does not say so. */
export const isOf = ({ people }: StoredAttempt, person: string): boolean =>
  people?.split(' ').includes(markOf(person)) ?? false

/**
 * The entry itself if it says nothing of the person. An attempt to send an event of hers goes. Of a batch with others, and where an
 * answer names her or may be about her, the answer goes.
 */
export async function withoutPerson(
  entry: StoredAttempt,
  { person, isNamedIn }: Erased,
): Promise<StoredAttempt | undefined> {
  const mark = markOf(person)
  const marks = entry.people?.split(' ')
  const isHers = isOf(entry, person)
  if (isHers && entry.events === 1) return undefined
  if (isHers)
    return { ...entry, response: null, people: marks?.filter((one) => one !== mark).join(' ') ?? '' }
  if (entry.response === null) return entry
  const mayBeAboutHer = marks === undefined || (await isNamedIn(entry.response))
  return mayBeAboutHer ? { ...entry, response: null } : entry
}

/** Entries without the person, and which of them were changed or removed. */
export async function forgetIn(
  entries: readonly StoredAttempt[],
  erased: Erased,
): Promise<{ readonly kept: StoredAttempt[]; readonly gone: StoredAttempt[] }> {
  const kept: StoredAttempt[] = []
  const gone: StoredAttempt[] = []
  for (const entry of entries) {
    const left = await withoutPerson(entry, erased)
    if (left !== undefined) kept.push(left)
    if (left !== entry) gone.push(entry)
  }
  return { kept, gone }
}
