/** The same list by the command line and by the API. */
import type { FC } from 'hono/jsx'
import { useView } from '../view.ts'

/** Filters of the route, and their values. */
type Asked = Readonly<Record<string, string | undefined>>

/** Text as one word of a shell. What is not plain ASCII is named by its number: it may hide or turn the rest of a command. */
export function quoted(text: string): string {
  if (/^[ -~]*$/.test(text)) return `'${text.replaceAll("'", `'\\''`)}'`
  const named = text.replaceAll(/[^ -~]|['\\]/gu, (character) =>
    character === "'" || character === '\\'
      ? `\\${character}`
      : `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`,
  )
  return `$'${named}'`
}

interface AsCommandProps {
  /** The noun of the command line. */
  readonly command: string
  /** Of the route. */
  readonly path: string
  readonly asked: Asked
}

export const AsCommand: FC<AsCommandProps> = ({ command, path, asked }) => {
  const { origin } = useView()
  const given = Object.entries(asked).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  )
  const options = given.map(([name, value]) => ` --${name.replaceAll('_', '-')} ${quoted(value)}`)
  const query = new URLSearchParams(given.map(([name, value]) => [name, value])).toString()
  return (
    <>
      <pre data-copy="the command">{`postern ${command} list${options.join('')}`}</pre>
      <pre data-copy="as curl">{`curl ${quoted(`${origin}${path}${query === '' ? '' : `?${query}`}`)} -H "Authorization: Bearer $POSTERN_TOKEN"`}</pre>
    </>
  )
}
