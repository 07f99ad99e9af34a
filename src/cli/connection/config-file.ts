/** File of `postern login`: the console and its token, readable by the owner only. */
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { Stop } from '../stop.ts'

type Environment = Readonly<Record<string, string | undefined>>

const ConfigSchema = v.strictObject({
  version: v.literal(1),
  /** The console of commands that name no other. */
  current: v.nullable(v.string()),
  /** By origin: a token is never sent elsewhere. */
  tokens: v.record(v.string(), v.string()),
})
export type Logins = v.InferOutput<typeof ConfigSchema>

const NONE: Logins = { version: 1, current: null, tokens: {} }

export const configPath = (environment: Environment): string =>
  environment['POSTERN_CONFIG'] ||
  join(
    environment['XDG_CONFIG_HOME'] || join(environment['HOME'] || homedir(), '.config'),
    'postern',
    'config.json',
  )

/** @throws {Stop} for a file that others may read, or that is none of ours */
export async function readLogins(environment: Environment): Promise<Logins> {
  const path = configPath(environment)
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return NONE
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0)
    throw new Stop(
      'denied',
      'config_open',
      `Others may read ${path}, which holds tokens: chmod 600 it first.`,
    )
  const parsed = v.safeParse(ConfigSchema, jsonIn(await readFile(path, 'utf8')))
  if (!parsed.success)
    throw new Stop(
      'usage',
      'config_malformed',
      `${path} is no configuration of postern: delete it and log in.`,
    )
  return parsed.output
}

/** Whole or not at all, and never readable by others. */
export async function writeLogins(environment: Environment, logins: Logins): Promise<void> {
  const path = configPath(environment)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const beside = `${path}.${process.pid}`
  try {
    await writeFile(beside, `${JSON.stringify(logins, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    await chmod(beside, 0o600)
    await rename(beside, path)
  } finally {
    await rm(beside, { force: true })
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
