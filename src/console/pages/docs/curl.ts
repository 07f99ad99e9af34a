/** An operation as a command that a reader can paste into a shell, once the names in capitals are filled in. */
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
      ? [`-H ${quoted('X-Reason: why it is done')}`]
      : []),
    ...(requestBody === undefined ? [] : [`-H ${quoted('Content-Type: application/json')}`]),
    ...(body === undefined ? [] : [`-d ${quoted(JSON.stringify(body))}`]),
  ]
  return words.join(' \\\n  ')
}

const inQuery = (one: Parameter): boolean => one.in === 'query' && one.required

const placeholder = (name: string): string => name.toUpperCase()

/** In single quotes a shell reads every character as it is, but the quote. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
