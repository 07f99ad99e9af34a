/**
 * A part of a page that waits for something. `data-wait` has the address of the same part as it is now; it is put in when its
 * `data-state` differs. Once it has `data-done`, the page at `data-page` loads again, since its other parts are done too.
 * Paused while the page is hidden.
 */
import { addCopyButtons } from './copy.ts'
import { fragmentOf } from './html.ts'

const EVERY_MS = 2_000

export function waitForParts(): void {
  for (const place of document.querySelectorAll<HTMLElement>('[data-wait]')) void keepAsking(place)
}

async function keepAsking(place: HTMLElement): Promise<void> {
  while (place.querySelector('[data-done]') === null) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
    if (document.hidden) continue
    const part = await partAt(place.dataset['wait'] ?? '')
    if (part === undefined || stateIn(part) === stateIn(place)) continue
    if (part.querySelector('[data-done]') !== null) return loadAgain(place.dataset['page'] ?? '/')
    addCopyButtons(part)
    place.replaceChildren(part)
  }
}

/** Loads the page again, but not as the answer to a form, which would be sent once more. */
const loadAgain = (page: string) => (location.pathname === page ? location.reload() : location.replace(page))

const stateIn = (part: ParentNode) => part.querySelector<HTMLElement>('[data-state]')?.dataset['state']

/** Undefined if nobody answered, or the session is over. */
async function partAt(address: string): Promise<DocumentFragment | undefined> {
  try {
    const response = await fetch(address)
    return response.ok && !response.redirected ? fragmentOf(await response.text()) : undefined
  } catch {
    return undefined
  }
}
