/**
 * Pages and parts that keep up by themselves, unless the page is hidden.
 *
 * `main[data-refresh]`: each part of the page that has changed is put in, but none that somebody reads or works with.
 * `[data-wait]` has the address of a part that waits for something; it is put in when its `data-state` differs. Once it has `data-done`, the
 * page at `data-page` loads again, since its other parts are done too.
 */
import { readCharts } from './chart.ts'
import { addCopyButtons } from './copy.ts'
import { fragmentOf } from './html.ts'

const WAIT_MS = 2_000
const REFRESH_MS = 10_000

/** Parts as the server wrote them. */
const written = new WeakMap<Element, string>()

/** Comes before whatever changes the page. */
export function refreshPage(): void {
  const main = document.querySelector('main[data-refresh]')
  if (main === null) return
  remember(partsOf(main))
  setInterval(() => void refresh(main), REFRESH_MS)
}

/** Cards are side by side, and change one by one. */
const partsOf = (main: Element): readonly Element[] =>
  [...main.children].flatMap((one) => (one.matches('.cards') ? [...one.children] : one))

function remember(parts: readonly Element[]): void {
  for (const part of parts) written.set(part, textIn(part))
}

/** Ages change by themselves. */
const textIn = (part: Element): string => part.outerHTML.replaceAll(/(class="ago">)[^<]*/g, '$1')

async function refresh(main: Element): Promise<void> {
  if (document.hidden || document.querySelector('dialog[open]') !== null) return
  const fresh = (await partAt(location.href))?.querySelector('main')
  if (!fresh) return
  const [old, now] = [partsOf(main), partsOf(fresh)]
  remember(now)
  const isSame = old.length === now.length
  if (!isSame && old.some(isInUse)) return
  if (!isSame) main.replaceChildren(...fresh.childNodes)
  for (const [i, part] of now.entries()) {
    const before = old[i]
    if (isSame && (before === undefined || written.get(before) === written.get(part) || isInUse(before)))
      continue
    if (isSame) before?.replaceWith(part)
    addCopyButtons(part)
    readCharts(part)
  }
}

/** Whether somebody has the focus, the pointer, a selection, an open fold or unsent words in it. */
const isInUse = (part: Element): boolean =>
  part.contains(document.activeElement) ||
  (matchMedia('(hover: hover)').matches && part.matches(':hover')) ||
  (getSelection()?.isCollapsed === false && getSelection()?.containsNode(part, true) === true) ||
  part.querySelector('details[open]') !== null ||
  [...part.querySelectorAll<HTMLInputElement>('input, textarea')].some(
    (one) => one.value !== one.defaultValue,
  )

export function waitForParts(): void {
  for (const place of document.querySelectorAll<HTMLElement>('[data-wait]')) void keepAsking(place)
}

async function keepAsking(place: HTMLElement): Promise<void> {
  while (place.querySelector('[data-done]') === null) {
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS))
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
