/** An operation as a `curl` command. The reader replaces the names in capitals, then pastes it into a shell. */
import type { Operation, Parameter } from '../../api/document/form.ts'

/** @param origin of this console */
export function curlOf(origin: string, method: string, path: string, operation: Operation): string {
  const { parameters, requestBody } = operation
  const body = requestBody?.content['application/json']?.example
  const url = `${origin}${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => placeholder(name))}`
  const query = parameters.filter(inQuery).map(({ name }) => `${name}=${placeholder(name)}`)
  const words = [
    `curl${method === 'get' ? '' : ` -X ${method.toUpperCase()}`} ${quoted(query.length === 0 ? url : `${url}?${query.join('&')}`)}`,
    '-H "Authorization: Bearer $POSTERN_TOKEN"',
    ...(method === 'post' ? ['-H "Idempotency-Key: $(uuidgen)"'] : []),
    ...(parameters.some(({ name }) => name === 'X-Reason')
      ? [`-H ${quoted('X-Reason: why you do it')}`]
      : []),
    ...(requestBody === undefined ? [] : [`-H ${quoted('Content-Type: application/json')}`]),
    ...(body === undefined ? [] : [`-d ${quoted(JSON.stringify(body))}`]),
  ]
  return words.join(' \\\n  ')
}

const inQuery = (one: Parameter): boolean => one.in === 'query' && one.required

const placeholder = (name: string): string => name.toUpperCase()

/** Within single quotes, a shell takes every character literally, except the quote. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
