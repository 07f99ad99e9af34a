/** Long lists of choices: a field narrows those in the element that `data-narrow` names, and a fold says how many are chosen. */

export function narrowChoices(root: ParentNode): void {
  for (const field of root.querySelectorAll<HTMLInputElement>('[data-narrow]')) {
    const list = document.getElementById(field.dataset['narrow'] ?? '')
    field.hidden = false
    field.addEventListener('input', (event) => {
      // A word to search by is no change of the form, so that leaving the page asks nothing.
      event.stopPropagation()
      const wanted = field.value.trim().toLowerCase()
      for (const one of list?.children ?? [])
        (one as HTMLElement).hidden = !one.textContent.toLowerCase().includes(wanted)
    })
    field.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return
      event.preventDefault()
      const [only, ...others] = [...(list?.children ?? [])].filter((one) => !(one as HTMLElement).hidden)
      if (others.length === 0) only?.querySelector('a')?.click()
    })
  }
}

export function countChoices(): void {
  document.addEventListener('change', ({ target }) => {
    const fold = (target as Element).closest<HTMLElement>('[data-count]')
    const boxes = [...(fold?.querySelectorAll<HTMLInputElement>('[type=checkbox]') ?? [])]
    const count = boxes.filter(({ checked }) => checked).length
    const [line] = fold?.getElementsByTagName('summary') ?? []
    const what = fold?.dataset['count'] ?? ''
    if (line !== undefined)
      line.textContent = count === 0 ? `All ${what}` : `${count} of ${boxes.length} ${what}`
  })
}
