/**
 * The ways in which programs write the same JSON. It changes tokens, so that numbers keep their digits and members keep their
 * order. Only white space and escapes differ.
 */

/** Changes one string token, including its quotes. */
type Escape = (token: string) => string

interface Style {
  readonly name: string
  readonly space: (tokens: readonly string[]) => string
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gsu

/** The tokens of a JSON text; `undefined` if the text is not JSON. */
export function tokensOf(text: string): readonly string[] | undefined {
  try {
    JSON.parse(text)
  } catch {
    return undefined
  }
  return text.match(TOKEN) ?? undefined
}

const STYLES: readonly Style[] = [
  { name: 'minified', space: (tokens) => tokens.join('') },
  { name: 'indented by two spaces', space: indented('  ') },
  { name: 'indented by four spaces', space: indented('    ') },
  { name: 'indented by tabs', space: indented('\t') },
  { name: 'with a space after each comma and colon', space: spaced },
  { name: 'with CRLF between the events', space: linePerEvent },
]

const unescapedSlashes: Escape = (token) => token.replaceAll('\\/', '/')
const escapedSlashes: Escape = (token) => unescapedSlashes(token).replaceAll('/', '\\/')
const unescapedUnicode: Escape = (token) =>
  token.replaceAll(/\\u(?!00[01])([0-9a-fA-F]{4})/g, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  )
const escapedUnicode: Escape = (token) =>
  token.replaceAll(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
const escapedHtml: Escape = (token) =>
  token.replaceAll(/[<>&]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

const ESCAPES: readonly { readonly name: string; readonly escapes: readonly Escape[] }[] = [
  { name: '', escapes: [] },
  { name: 'slashes escaped', escapes: [escapedSlashes] },
  { name: 'slashes not escaped', escapes: [unescapedSlashes] },
  { name: 'other letters than ASCII escaped', escapes: [escapedUnicode] },
  { name: 'other letters than ASCII not escaped', escapes: [unescapedUnicode] },
  { name: 'slashes and other letters escaped', escapes: [escapedSlashes, escapedUnicode] },
  { name: 'slashes and other letters not escaped', escapes: [unescapedSlashes, unescapedUnicode] },
  { name: '<, > and & escaped', escapes: [escapedHtml] },
]

/** Every common way to write this JSON text, including the given one, with a description. None if the text is not JSON. */
export function* spellings(text: string): Generator<{ readonly text: string; readonly detail: string }> {
  const tokens = tokensOf(text)
  if (tokens === undefined) return
  for (const { name: escape, escapes } of ESCAPES) {
    const escaped = tokens.map((token) =>
      token.startsWith('"') ? escapes.reduce((written, change) => change(written), token) : token,
    )
    for (const { name, space } of STYLES)
      yield { text: space(escaped), detail: escape === '' ? name : `${name}, ${escape}` }
  }
}

function indented(unit: string) {
  return (tokens: readonly string[]): string => {
    let depth = 0
    let written = ''
    for (const [i, token] of tokens.entries()) {
      const line = () => `\n${unit.repeat(depth)}`
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
}

function spaced(tokens: readonly string[]): string {
  return tokens.map((token) => (token === ',' || token === ':' ? `${token} ` : token)).join('')
}

/** SendGrid writes its batches in this way. */
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
