/** The source document that a captured delivery is judged by: a file, or the settings of a source of the console with its secrets typed in. */
import { existsSync } from 'node:fs'
import { SourceConfigSchema } from '../registry/sources/document.ts'
import type { Cli } from './command.ts'
import { type Source, sourceRoutes } from '../api/sources.ts'
import { bytesOf } from './input-file.ts'
import { type JsonObject, objectFrom } from './json.ts'
import { secretValueIn } from './secret-input.ts'
import { UsageError } from './stop.ts'

const SOURCE_NAME = /^[a-z0-9][a-z0-9-]*$/

/**
 * @param named a file, or the name of a source
 * @param secretsFile a JSON file of secrets by slot; without it they are asked for, since the console never gives them back
 * @throws {UsageError} if there is no such file, or nobody to ask
 */
export async function sourceDocument(
  named: string,
  secretsFile: string | undefined,
  cli: Cli,
): Promise<JsonObject> {
  if (existsSync(named) || !SOURCE_NAME.test(named)) return fileAt(named, 'The source document', cli)
  const source = await (await cli.api({})).call(sourceRoutes.getSource, { params: { name: named } })
  const secrets =
    secretsFile === undefined
      ? await askedFor(source, cli)
      : await fileAt(secretsFile, 'The file of secrets', cli)
  return { ...settingsOf(source), secrets }
}

const fileAt = async (path: string, what: string, { io }: Cli): Promise<JsonObject> =>
  objectFrom(new TextDecoder().decode(await bytesOf(path, io)), what)

/** The settings that judge a delivery. A public URL that is shown masked is asked for, as the secret `webhook_url`. */
function settingsOf(source: Source): JsonObject {
  const { provisioner: _provisioner, publicUrl, ...names } = SourceConfigSchema.entries
  const wanted = new Set(Object.keys('webhook_url' in source.secrets ? names : { publicUrl, ...names }))
  return Object.fromEntries(Object.entries(source).filter(([name]) => wanted.has(name)))
}

/** One question for each slot; a slot whose answer is empty is left out. */
async function askedFor({ name, secrets }: Source, { io }: Cli): Promise<JsonObject> {
  if (!io.terminal.readsKeys)
    throw new UsageError(
      `Postern does not give the secrets of ${name} back, and there is nobody to ask here: name a JSON file with --secrets FILE, such as {"hmac": "…"}.`,
    )
  const typed: Record<string, unknown> = {}
  for (const slot of Object.keys(secrets)) {
    const text = await io.terminal.askHidden(`${slot} of ${name}, empty to leave it out: `)
    if (text !== '') typed[slot] = secretValueIn(text)
  }
  return typed
}
