/** HTML of the server, put into the page. One policy has this name, and nothing else makes HTML. */

interface Policy {
  readonly createHTML: (text: string) => string
}

interface Factory {
  readonly createPolicy: (name: string, rules: Policy) => Policy
}

const rules: Policy = { createHTML: (text) => text }
const factory = (globalThis as { readonly trustedTypes?: Factory }).trustedTypes
const policy = factory?.createPolicy('postern', rules) ?? rules

/** The elements of a text, before they are put anywhere. */
export function fragmentOf(text: string): DocumentFragment {
  const template = document.createElement('template')
  template.innerHTML = policy.createHTML(text)
  return template.content
}
