/** Words of the console of an ESP: its own are strong, code is code, and the webhook URL can be copied. */
import type { FC } from 'hono/jsx'
import { Shown } from './components.tsx'

const PIECES = /(\*\*[^*]+\*\*|`[^`]+`|\{url\})/

/** @see Setup for the marks */
export const Words: FC<{ text: string; url: string }> = ({ text, url }) => (
  <>
    {text.split(PIECES).map((piece) => {
      if (piece.startsWith('**')) return <strong>{piece.slice(2, -2)}</strong>
      if (piece === '{url}') return <Shown text={url} max={300} code />
      return piece.startsWith('`') ? <code>{piece.slice(1, -1)}</code> : piece
    })}
  </>
)
