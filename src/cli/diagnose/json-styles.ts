/**
 * The six ways in which most programs write the same JSON. It changes tokens, so that numbers keep their digits and members keep their
 * order. Only white space and escapes differ.
 */

/** Changes one string token, including its quotes. */
type Escape = (token: string) => string

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gsu

/** The tokens of a JSON text; `undefined` if the text is not JSON. */
function tokensOf(text: string): readonly string[] | undefined {
  try {
    JSON.parse(text)
  } catch {
    return undefined
  }
  return text.match(TOKEN) ?? undefined
}

/** Without escapes that JSON does not ask for: of letters, and of the slash. Quotes and backslashes stay escaped. */
const plain: Escape = (token) =>
  token
    .replaceAll('\\/', '/')
    .replaceAll(/\\u(?!00[01]|0022|005c)([0-9a-f]{4})/gi, (_, hex: string) =>
      String.fromCharCode(parseInt(hex, 16)),
    )
const asCode = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
const ascii: Escape = (token) => token.replaceAll(/[\u007f-\uffff]/g, asCode)
const slashes: Escape = (token) => token.replaceAll('/', '\\/')
const html: Escape = (token) => token.replaceAll(/[<>&\u2028\u2029]/g, asCode)

/** Defaults of the languages' own libraries, read on 2026-12-01. */
const STYLES: readonly {
  readonly name: string
  readonly escapes: readonly Escape[]
  readonly space: (tokens: readonly string[]) => string
}[] = [
  // JSON.stringify, JSON.generate of Ruby, Jackson of Java.
  { name: 'minified', escapes: [], space: (tokens) => tokens.join('') },
  // json.dumps: ensure_ascii, and separators with a space (docs.python.org, library/json).
  { name: 'with spaces and ASCII alone, as Python writes it', escapes: [ascii], space: spaced },
  // json_encode without JSON_UNESCAPED_SLASHES and JSON_UNESCAPED_UNICODE (php.net).
  {
    name: 'minified, with escaped slashes and letters, as PHP writes it',
    escapes: [slashes, ascii],
    space: (tokens) => tokens.join(''),
  },
  // json.Marshal escapes what could end a script (pkg.go.dev/encoding/json).
  {
    name: 'minified, with <, > and & escaped, as Go writes it',
    escapes: [html],
    space: (tokens) => tokens.join(''),
  },
  { name: 'indented by two spaces', escapes: [], space: indented },
  // SendGrid writes its batches in this way.
  { name: 'with CRLF between the events', escapes: [], space: linePerEvent },
]

/** This JSON text in each of the ways, with a description. None if the text is not JSON. */
export function* spellings(text: string): Generator<{ readonly text: string; readonly detail: string }> {
  const tokens = tokensOf(text)
  if (tokens === undefined) return
  for (const { name: detail, escapes, space } of STYLES) {
    const write: Escape = (token) => escapes.reduce((sofar, escape) => escape(sofar), plain(token))
    yield { text: space(tokens.map((token) => (token.startsWith('"') ? write(token) : token))), detail }
  }
}

function indented(tokens: readonly string[]): string {
  let depth = 0
  let written = ''
  for (const [i, token] of tokens.entries()) {
    const line = () => `\n${'  '.repeat(depth)}`
    const next = tokens[i + 1]
    if (token === '{' || token === '[') {
      const empty = next === '}' || next === ']'
      if (!empty) depth += 1
      written += empty ? token : token + line()
    } else if (token === '}' || token === ']') {
      const empty = tokens[i - 1] === '{' || tokens[i - 1] === '['
      if (!empty) depth -= 1
      written += empty ? token : line() + token
    } else if (token === ',') written += token + line()
    else written += token === ':' ? ': ' : token
  }
  return written
}

function spaced(tokens: readonly string[]): string {
  return tokens.map((token) => (token === ',' || token === ':' ? `${token} ` : token)).join('')
}

function linePerEvent(tokens: readonly string[]): string {
  let depth = 0
  let written = ''
  for (const token of tokens) {
    if (token === '{' || token === '[') depth += 1
    if (token === '}' || token === ']') depth -= 1
    written += token === ',' && depth === 1 ? ',\r\n' : token
  }
  return `${written}\r\n`
}
