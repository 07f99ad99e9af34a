/** The master keys of a rotation as texts. Cloudflare gives no secret back, so the person has them. */
import { randomBytes } from 'node:crypto'
import { marksOf } from '../keys.ts'
import { DeployProblem } from '../problem.ts'
import type { Person } from '../terminal.ts'
import { versionOf } from './next-step.ts'

type Variables = Readonly<Record<string, string | undefined>>

export interface KeyTexts {
  /** `v2:…,v1:…` of these marks, in this order. @throws {DeployProblem} if the person does not have one of them */
  readonly textOf: (marks: readonly string[]) => Promise<string>
  /** The mark of a new key, which the person has kept or given. One of the old ones if that is given as the new one. */
  readonly newKey: (old: readonly string[]) => Promise<string>
}

const VERSION_MAX = 255

export function keyTexts(variables: Variables, person: Person): KeyTexts {
  const known = new Map<string, string>()
  const add = async (text: string): Promise<void> => {
    for (const part of text.split(',')) known.set(await marksOf(part), part.trim())
  }
  const given = async (name: string): Promise<boolean> => {
    const text = variables[name]
    if (text) await add(text)
    return Boolean(text)
  }
  let hasRead = false
  const readVariables = async (): Promise<void> => {
    if (!hasRead) for (const name of ['MASTER_KEY', 'NEW_MASTER_KEY']) await given(name)
    hasRead = true
  }

  return {
    async textOf(marks) {
      await readVariables()
      for (const mark of marks) {
        if (known.has(mark)) continue
        if (person.ask === undefined)
          throw new DeployProblem(
            `The Workers have the master key ${mark}, and no key given here is that one. Set MASTER_KEY to the copy that you keep, ` +
              'and NEW_MASTER_KEY to the new one.',
          )
        await add(await person.askHidden(`MASTER_KEY ${mark}, the copy that you keep (not shown): `))
        if (!known.has(mark))
          throw new DeployProblem(
            `This is not the master key ${mark} that the Workers have. Nothing was changed.`,
          )
      }
      return marks.map((mark) => known.get(mark)).join()
    },
    async newKey(old) {
      await readVariables()
      const newest = Math.max(...old.map(versionOf))
      const later = [...known.keys()].filter((mark) => versionOf(mark) > newest)
      const [one] = later
      if (one !== undefined) return one
      const given = variables['NEW_MASTER_KEY']
      const present = given ? await marksOf(given) : ''
      if (old.includes(present)) return present
      if (variables['NEW_MASTER_KEY'])
        throw new DeployProblem(
          `NEW_MASTER_KEY must have a higher version than v${newest}: "v${newest + 1}:" and its key.`,
        )
      if (newest >= VERSION_MAX)
        throw new DeployProblem(`There is no version of a master key after v${VERSION_MAX}.`)
      const text = `v${newest + 1}:${randomBytes(32).toString('base64')}`
      await kept(text, person)
      await add(text)
      return marksOf(text)
    },
  }
}

async function kept(text: string, person: Person): Promise<void> {
  if (person.ask === undefined)
    throw new DeployProblem(
      'There is no terminal to show a new master key on. Set NEW_MASTER_KEY: "v", a version, ":" and the output of ' +
        'openssl rand -base64 32. Keep it first.',
    )
  person.show('')
  person.show(`  MASTER_KEY   ${text}`)
  person.show('')
  person.show(
    'The new key, shown once. Put it beside the old one, and keep both: older backups need the old one.',
  )
  if ((await person.ask('Type "kept" when you have: ')).trim() !== 'kept')
    throw new DeployProblem('Nothing was changed. Run again when you can keep it.')
}
