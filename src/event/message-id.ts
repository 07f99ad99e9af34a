/** A message id without its angle brackets (RFC 5322 section 3.6.4): they are not part of the id. */
export function withoutBrackets(id: string): string
export function withoutBrackets(id: string | undefined): string | undefined
export function withoutBrackets(id: string | undefined): string | undefined {
  return id?.replace(/^<(.*)>$/, '$1')
}
