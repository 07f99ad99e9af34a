/** Finds a key that an object of a JSON text names twice, which `JSON.parse` would settle in silence. */

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|\n/gs

/** The line of the second one, from 1; `undefined` where there is none. @param text JSON that has been parsed already */
export function doubledKey(text: string): number | undefined {
  const open: (Set<string> | undefined)[] = []
  let line = 1
  let last: string | undefined
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '\n') {
      line++
      continue
    }
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push(undefined)
    else if (token === '}' || token === ']') open.pop()
    else if (token === ':' && last?.startsWith('"') === true) {
      const keys = open.at(-1)
      const key = JSON.parse(last) as string
      if (keys?.has(key) === true) return line
      keys?.add(key)
    }
    last = token
  }
  return undefined
}
