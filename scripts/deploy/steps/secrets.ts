/** The secrets that Workers lack: made, shown once, and never written into a file. */
import { randomBytes } from 'node:crypto'
import type { WorkerName } from '../../../src/platform/worker-names.ts'
import type { DeployedWorker } from '../account/workers.ts'
import type { Configuration } from '../configuration/committed.ts'
import { includes } from '../keys.ts'
import { DeployProblem } from '../problem.ts'
import type { Person } from '../terminal.ts'
import { checkSettings } from './check-settings.ts'

const GENERATORS: Readonly<Record<string, () => string>> = {
  MASTER_KEY: () => `v1:${randomBytes(32).toString('base64')}`,
  ADMIN_TOKEN: () => randomBytes(24).toString('base64url'),
}

export type Missing = ReadonlyMap<WorkerName, readonly string[]>

export const missingSecrets = (
  all: ReadonlyMap<WorkerName, Configuration>,
  deployed: ReadonlyMap<WorkerName, DeployedWorker>,
): Missing =>
  new Map(
    [...all].map(([worker, { secrets }]) => [
      worker,
      (secrets?.required ?? []).filter((name) => !deployed.get(worker)?.secrets.includes(name)),
    ]),
  )

/**
 * A value for each missing secret: from the variables, else made and shown before any Worker has it. So a run that is cut off
 * afterwards leaves no key that nobody knows. If only some Workers have the master key, the person is asked for it.
 *
 * @throws {DeployProblem} where nobody can be shown a new secret, or asked for an old one
 */
export async function secretValues(
  missing: Missing,
  deployed: ReadonlyMap<WorkerName, DeployedWorker>,
  variables: Readonly<Record<string, string | undefined>>,
  person: Person,
): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>()
  const made = new Map<string, string>()
  for (const name of new Set([...missing.values()].flat())) {
    const holder = [...deployed.values()].find(({ secrets }) => secrets.includes(name))
    const given = variables[name]
    if (given) values.set(name, given.trim())
    else if (holder !== undefined) values.set(name, await askedFor(name, holder, person))
    else made.set(name, GENERATORS[name]?.() ?? failUnknown(name))
  }
  checkSettings({}, values)
  const key = values.get('MASTER_KEY') ?? variables['MASTER_KEY']
  if (key) await checkKey(key, deployed)
  if (made.size > 0) await show(made, person)
  return new Map([...values, ...made])
}

/** Also if no Worker lacks the key: who gives another one means another deployment. */
async function checkKey(key: string, deployed: ReadonlyMap<WorkerName, DeployedWorker>): Promise<void> {
  for (const { name, masterKey } of deployed.values())
    if (masterKey !== undefined && !(await includes(key, masterKey)))
      throw new DeployProblem(
        `This MASTER_KEY is not the one that ${name} has: run again with the copy that was shown when it was made.`,
      )
}

function failUnknown(name: string): never {
  throw new DeployProblem(`${name} is required and has no value: set it as a variable of this command.`)
}

async function askedFor(name: string, holder: DeployedWorker, person: Person): Promise<string> {
  const why = `${holder.name} has a ${name} and another Worker has none: all need the same.`
  if (person.ask === undefined)
    throw new DeployProblem(`${why} Run again with ${name} set to the copy that you keep.`)
  person.show(why)
  return (await person.askHidden(`${name}, the copy that you keep (not shown): `)).trim()
}

async function show(made: ReadonlyMap<string, string>, person: Person): Promise<void> {
  const names = [...made.keys()].join(' and ')
  if (person.ask === undefined)
    throw new DeployProblem(
      `There is no terminal to show a new ${names} on, and a log must not keep it. Deploy once from a terminal (keyboard and ` +
        'standard error; standard output may go elsewhere), or set ' +
        'MASTER_KEY ("v1:" and the output of openssl rand -base64 32) and ADMIN_TOKEN (openssl rand -hex 24).',
    )
  person.show('')
  for (const [name, value] of made) person.show(`  ${name.padEnd(12)} ${value}`)
  person.show('')
  person.show(
    'Made for this deployment and shown once. Put them into a password manager, with a copy that does not depend on Cloudflare.',
  )
  if (made.has('MASTER_KEY'))
    person.show('Without MASTER_KEY nothing that Postern stores can ever be read again.')
  const answer = await person.ask('Type "kept" when you have: ')
  if (answer.trim() !== 'kept')
    throw new DeployProblem('Nothing was changed. Run again when you can keep them.')
}
