/**
 * The palette: things, pages and actions by the beginning of their name. What it knows is loaded when it opens, and what is typed stays in the
 * browser until it is sent as a search. `aria` is that of a combobox with a list (WAI-ARIA 1.2).
 */
import { type Group, type Hit, hitsIn } from '../pages/findable.ts'

const SHOWN = 8

/** Opens it; false where there is none. */
export function openPalette(): boolean {
  const dialog = document.querySelector<HTMLDialogElement>('#palette')
  if (dialog === null || dialog.open) return false
  dialog.showModal()
  dialog.dispatchEvent(new Event('opened'))
  return true
}

export function offerPalette(): void {
  const dialog = document.querySelector<HTMLDialogElement>('#palette')
  const form = dialog?.querySelector('form')
  const field = dialog?.querySelector<HTMLInputElement>('[role=combobox]')
  const list = dialog?.querySelector('ul')
  if (!dialog || !form || !field || !list) return
  let groups: readonly Group[] = []
  let hits: readonly Hit[] = []
  let at = 0

  const choose = (index: number): void => {
    at = (index + list.children.length) % list.children.length
    for (const [i, row] of [...list.children].entries()) row.ariaSelected = String(i === at)
    field.setAttribute('aria-activedescendant', list.children[at]?.id ?? '')
    list.children[at]?.scrollIntoView({ block: 'nearest' })
  }
  /** The last row is the search by whatever is no name. */
  const show = (): void => {
    hits = hitsIn(groups, field.value).slice(0, SHOWN)
    const rows = hits.map(({ kind, name, hint }) => rowOf(name, `${kind}${hint && ` · ${hint}`}`))
    rows.push(rowOf(`Search “${field.value}” in addresses, messages, requests, campaigns`, 'Enter'))
    for (const [i, row] of rows.entries()) row.id = `found-${i}`
    list.replaceChildren(...(field.value === '' ? [] : rows))
    field.ariaExpanded = String(field.value !== '')
    if (field.value !== '') choose(0)
  }
  const go = (): void => {
    const href = hits[at]?.href
    if (field.value === '') return
    if (href === undefined) return form.requestSubmit()
    // A part of this page is no new page.
    dialog.close()
    // The log-out is the button of its form, which has the token. Forms of the page stay as they are.
    const button = document.querySelector<HTMLFormElement>(`.corner form[action="${CSS.escape(href)}"]`)
    if (button === null) location.assign(href)
    else button.requestSubmit()
  }

  dialog.addEventListener('opened', () => {
    field.select()
    void namedThings().then((named) => {
      groups = named
      show()
    })
  })
  field.addEventListener('input', show)
  field.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined && list.children.length > 0) choose(at + step)
    else if (event.key === 'Enter' && !event.isComposing) go()
    else return
    event.preventDefault()
  })
  list.addEventListener('click', ({ target }) => {
    const row = target instanceof Element ? target.closest('li') : null
    if (row === null) return
    choose([...list.children].indexOf(row))
    go()
  })
  // The backdrop is the dialog itself.
  dialog.addEventListener('click', ({ target }) => target === dialog && dialog.close())
  document.querySelector('#search')?.addEventListener('click', openPalette)
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'k' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return
    event.preventDefault()
    openPalette()
  })
}

function rowOf(name: string, about: string): HTMLLIElement {
  const row = document.createElement('li')
  row.role = 'option'
  const hint = document.createElement('span')
  hint.className = 'soft'
  hint.textContent = about
  row.append(name, ' ', hint)
  return row
}

/** Nothing while nobody answers: the search itself still works. */
async function namedThings(): Promise<readonly Group[]> {
  try {
    const response = await fetch('/palette.json')
    return response.ok && !response.redirected ? ((await response.json()) as readonly Group[]) : []
  } catch {
    return []
  }
}
