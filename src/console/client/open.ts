/**
 * Pages that open above the one that leads to them. A link with `data-open="dialog"` shows the content of its page in the middle,
 * `data-open="panel"` at the side, where the list beside it stays in use. A form that was opened answers with a page, as without script.
 */
import { addCopyButtons } from './copy.ts'
import { fragmentOf } from './html.ts'
import { narrowChoices } from './narrow.ts'

const TITLE_ID = 'opened-title'

export function openLinks(): void {
  const place = document.createElement('dialog')
  place.setAttribute('aria-labelledby', TITLE_ID)
  document.body.append(place)
  /** Only what was asked for last is shown. */
  let wanted: URL | undefined

  const close = () => {
    if (place.open) place.close()
  }
  const open = async (url: URL, form: string) => {
    wanted = url
    const content = await contentAt(url)
    if (wanted !== url) return
    if (content === undefined) return location.assign(url)
    close()
    place.className = `opened ${form}`
    place.replaceChildren(closeButton(), content)
    addCopyButtons(place)
    narrowChoices(place)
    // People go on to type. A second Enter must not lose anything, and on a phone the keys would cover the form.
    const field = place.querySelector<HTMLElement>('input:not([type=hidden]), select, textarea')
    if (field && !place.querySelector('.danger') && matchMedia('(hover: hover)').matches)
      field.autofocus = true
    if (form === 'panel') place.show()
    else place.showModal()
  }
  // Fields that were typed into are gone with it, so that no page asks about them. The event comes late: another page may be open by then.
  place.addEventListener('close', () => {
    if (!place.open) place.replaceChildren()
  })
  document.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') close()
  })
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (link === null || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    const url = new URL(link.href)
    const form = link.dataset['open']
    // Cancel of a form leads to the page that is there, or to a part of it; a problem leads to its field. A link outside a form may lead
    // to the same list, narrowed.
    const isInside = link.getAttribute('href')?.startsWith('#') ?? false
    const isOfForm = place.contains(link) && link.closest('form') !== null
    const isBack = isOfForm && !isInside && url.pathname === location.pathname
    if (form === undefined && !isBack) return
    event.preventDefault()
    if (form === undefined) close()
    else void open(url, form)
  })
}

/** A button that needs no script, since `method="dialog"` closes. */
function closeButton(): HTMLFormElement {
  const form = document.createElement('form')
  form.method = 'dialog'
  const button = document.createElement('button')
  button.className = 'quiet'
  button.textContent = 'Close'
  form.append(button)
  return form
}

/** Content of the page's main part, its heading with the id of the title. Undefined where the page leads elsewhere or nobody answers. */
async function contentAt(url: URL): Promise<DocumentFragment | undefined> {
  try {
    const response = await fetch(url)
    if (response.redirected || !response.ok) return undefined
    const main = fragmentOf(await response.text()).querySelector('main')
    main?.querySelector('h1')?.setAttribute('id', TITLE_ID)
    const content = document.createDocumentFragment()
    content.append(...(main?.childNodes ?? []))
    return content
  } catch {
    return undefined
  }
}
