/**
 * Keys: `?` lists them, `/` searches, `g` and a letter goes to a page, `j` and `k` move along rows. None changes data. They are off in
 * fields, with modifiers, while text is composed, and where the reader has switched them off.
 */

import { openPalette } from './palette.ts'

/** Time for the letter after `g`. */
const SECOND_KEY_MS = 1_500

export function listenForKeys(): void {
  if (document.documentElement.dataset['keys'] === 'off') return
  let goUntilMs = 0
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isField(event.target)) return
    const goes = event.timeStamp < goUntilMs
    goUntilMs = event.key === 'g' && !goes ? event.timeStamp + SECOND_KEY_MS : 0
    const done = goes ? follow(`[data-go="${CSS.escape(event.key)}"]`) : press(event.key)
    if (done) event.preventDefault()
  })
}

const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

function press(key: string): boolean {
  if (key === '?') return openList()
  if (key === '/') return openPalette()
  if (key === 'j') return moveRow(1)
  if (key === 'k') return moveRow(-1)
  if (key === '[') return follow('[rel="prev"]')
  if (key === ']') return follow('[rel="next"]')
  if (key === 'p') return follow('[data-pause]')
  return false
}

function openList(): boolean {
  const list = document.querySelector<HTMLDialogElement>('#keys')
  if (list === null || list.open) return false
  list.showModal()
  return true
}

function focusOn(element: HTMLElement | null | undefined): boolean {
  element?.focus()
  return !!element
}

function follow(selector: string): boolean {
  const element = document.querySelector<HTMLElement>(selector)
  element?.click()
  return element !== null
}

/** The first link of each row. */
function moveRow(by: 1 | -1): boolean {
  const links = [...document.querySelectorAll('main tbody tr')].flatMap((row) => row.querySelector('a') ?? [])
  const at = links.indexOf(document.activeElement as HTMLAnchorElement)
  return focusOn(links[at < 0 && by < 0 ? links.length - 1 : at + by])
}
