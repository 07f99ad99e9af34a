/** Compares the forms of a checkout with those of recorded versions. */
import { compareVersions } from '../deploy/steps/check-order.ts'
import { type RecordedForms, previousLine } from './recorded.ts'

export interface PresentForms {
  /** Of `package.json`. */
  readonly version: string
  readonly isReleased: boolean
  readonly forms: readonly string[]
}

/** Forms that no later version changes or removes: what is stored was made by them. */
const KEPT = /^(?:migration|table|column) /
/** A class may come with its tables. */
const OF_A_CLASS = /^[+-] class |^\+ table /
/** Versions that changed a class and more, before anything checked it. */
const WITH_MORE: ReadonlySet<string> = new Set(['0.4.0'])
const SHOWN_MAX = 40

/** @param recorded the oldest first */
export function formProblems(present: PresentForms, recorded: readonly RecordedForms[]): string[] {
  const { version, isReleased, forms } = present
  const newest = recorded.at(-1)
  if (newest === undefined) return []
  const order = compareVersions(version, newest.version)
  if (order < 0) return [`package.json has ${version}, and ${newest.version} is recorded.`]
  const before = recorded.findLast((one) => compareVersions(one.version, version) < 0)
  return [
    ...recorded
      .filter(({ previous }, i) => previous !== previousLine(recorded[i - 1]))
      .map(
        (one) => `The record before ${one.version} was changed. A released version is never recorded again.`,
      ),
    ...(order === 0 ? changeProblems(present, newest) : []),
    ...(before === undefined ? [] : [...lost(before, forms), ...classProblems(before, version, forms)]),
    ...(isReleased && order > 0 ? [`${version} is released, and not recorded: npm run record:state.`] : []),
  ]
}

function changeProblems({ version, isReleased, forms }: PresentForms, recorded: RecordedForms): string[] {
  const changes = changesOf(recorded.forms, forms)
  if (changes.length === 0) return []
  const remedy = isReleased
    ? 'raise the version in package.json'
    : 'it is not released yet, so record it again: npm run record:forms; or raise the version in package.json'
  const more = changes.length - SHOWN_MAX
  return [
    `Forms are not as recorded of ${version}: ${remedy}.`,
    ...changes.slice(0, SHOWN_MAX),
    ...(more > 0 ? [`and ${more} more`] : []),
  ]
}

const lost = ({ version, forms }: RecordedForms, now: readonly string[]): string[] => {
  const left = new Set(now)
  return forms
    .filter((line) => KEPT.test(line) && !left.has(line))
    .map((line) => `${version} has stored by this, and it was changed or removed: ${line}`)
}

function classProblems(
  { version: of, forms }: RecordedForms,
  version: string,
  now: readonly string[],
): string[] {
  const changes = changesOf(forms, now)
  const classes = changes.filter((line) => /^[+-] class /.test(line))
  const others = changes.filter((line) => !OF_A_CLASS.test(line))
  if (classes.length === 0 || others.length === 0 || WITH_MORE.has(version)) return []
  return [
    `A class comes or goes in a release of its own, since nothing goes back past it. Since ${of}: ${classes.join(', ')}, ` +
      `and ${others.length} other changes: ${others.slice(0, 3).join(', ')}.`,
  ]
}

function changesOf(before: readonly string[], now: readonly string[]): string[] {
  const [had, has] = [new Set(before), new Set(now)]
  return [
    ...before.filter((line) => !has.has(line)).map((line) => `- ${line}`),
    ...now.filter((line) => !had.has(line)).map((line) => `+ ${line}`),
  ]
}
