/** The same list by the command line and by the API. */
import type { FC } from 'hono/jsx'
import { useView } from '../view.ts'

/** Filters of `GET /api/events`, and their values. */
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

export const AsCommand: FC<{ asked: Asked }> = ({ asked }) => {
  const { origin } = useView()
  const given = Object.entries(asked).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  )
  const options = given.map(([name, value]) => ` --${name.replaceAll('_', '-')} ${quoted(value)}`)
  const query = new URLSearchParams(given.map(([name, value]) => [name, value])).toString()
  return (
    <details class="after">
      <summary>As a command, as curl</summary>
      <pre data-copy="the command">{`postern events list${options.join('')}`}</pre>
      <pre data-copy="as curl">{`curl ${quoted(`${origin}/api/events${query === '' ? '' : `?${query}`}`)} -H "Authorization: Bearer $POSTERN_TOKEN"`}</pre>
    </details>
  )
}
