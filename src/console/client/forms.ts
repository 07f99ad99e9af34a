/** Forms: what is wrong gets the focus, none is sent twice, and a page with unsaved words asks before it is left. */

export function guardForms(): void {
  document.querySelector<HTMLElement>('[data-focus]')?.focus()
  const changed = new Set<HTMLFormElement>()
  document.addEventListener('input', ({ target }) => {
    const { form, type, role } = target as HTMLInputElement
    // Who goes on from a search loses no words.
    if (form?.method === 'post' && type !== 'search' && role !== 'combobox') changed.add(form)
  })
  document.addEventListener('submit', (event) => {
    const form = event.target as HTMLFormElement
    if (form.ariaBusy === 'true') return event.preventDefault()
    changed.clear()
    // The page stays where a file answers, and so may be sent again.
    if (form.dataset['download'] === undefined) form.ariaBusy = 'true'
  })
  // Empty filters and the usual columns are not in the address.
  document.addEventListener('formdata', ({ formData, target }) => {
    if ((target as HTMLFormElement).method !== 'get') return
    const empty = [...formData].filter(([, value]) => value === '')
    for (const [name] of empty) formData.delete(name)
    const columns = [...(target as HTMLFormElement).querySelectorAll<HTMLInputElement>('[name=column]')]
    if (columns.every(({ checked, dataset }) => checked === 'usual' in dataset)) formData.delete('column')
  })
  // A page that comes back from the history of the browser can be sent again.
  addEventListener('pageshow', () => {
    for (const form of document.querySelectorAll('form')) form.ariaBusy = null
  })
  addEventListener('beforeunload', (event) => {
    if (changed.size > 0) event.preventDefault()
  })
}
