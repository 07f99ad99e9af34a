/** A button behind each text that is worth copying: `data-copy` on an element that has it as its text. */

const TOLD_MS = 2_000

export function addCopyButtons(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>('[data-copy]')) {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'quiet copy'
    button.textContent = 'Copy'
    button.setAttribute('aria-label', `Copy ${element.dataset['copy'] || 'this'}`)
    button.addEventListener('click', () => void copy(element, button))
    element.after(button)
  }
}

async function copy(element: HTMLElement, button: HTMLButtonElement): Promise<void> {
  const text = element instanceof HTMLInputElement ? element.value : (element.textContent ?? '')
  try {
    await navigator.clipboard.writeText(text)
    button.textContent = 'Copied'
  } catch {
    // Not allowed, or no secure context: the reader copies the selection.
    getSelection()?.selectAllChildren(element)
    button.textContent = 'Selected'
  }
  setTimeout(() => (button.textContent = 'Copy'), TOLD_MS)
}
