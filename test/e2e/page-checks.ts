/** Checks of a page in the browser. They are text, since they run in the browser. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** Pixels by which the page is wider than its window. */
export const overflow = (page: Page): Promise<number> => page.evaluate<number>(OVERFLOW)

const OVERFLOW = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

/** All focusable elements: of a closed details element only its summary, and of radio buttons one, since arrow keys choose. */
const WORKED =
  'a[href]:visible, button:visible, input:not([type=hidden], [type=radio]:not(:checked)):visible, select:visible, textarea:visible, summary:visible'

/** The focused element, with a unique name, and whether the focus is visible. Runs in the browser. */
const FOCUSED = `(() => {
  const element = document.activeElement
  if (element === document.body) return { id: '', text: '', visible: false }
  const at = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')].indexOf(element)
  const { outlineStyle, outlineWidth } = getComputedStyle(element)
  const { width, height, top } = element.getBoundingClientRect()
  const outlined = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0
  return {
    id: at < 0 ? '' : String(at),
    text: element.textContent.trim(),
    visible: outlined && width > 0 && height > 0 && top >= 0,
  }
})()`

export interface Focused {
  /** Empty for what is none of the page's links, buttons and fields. */
  readonly id: string
  readonly text: string
  readonly visible: boolean
}

/** The focused element. */
export const focused = (page: Page): Promise<Focused> => page.evaluate<Focused>(FOCUSED)

/** Tabs until the element of that id has the focus. */
export async function tabTo(page: Page, id: string): Promise<void> {
  for (let i = 0; i < 20; i++) {
    if (await page.evaluate<boolean>(`document.activeElement.id === '${id}'`)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`no way to #${id} by keyboard`)
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const OPTIONS: RunOptions = { resultTypes: ['violations'] }

/** Findings of axe. Its whole result names every element of the page. Runs in the browser. */
const FOUND = `axe.run(${JSON.stringify(OPTIONS)}).then(({ violations, passes }) => ({
  found: violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)].join(' ').slice(0, 500)),
  passed: passes.length,
}))`

/** Runs axe on the page. It is injected by the test, past the content security policy. */
export async function expectNoViolations(page: Page, name: string): Promise<void> {
  await page.evaluate(AXE)
  const { found, passed } = await page.evaluate<{ found: string[]; passed: number }>(FOUND)
  expect({ name, found }).toEqual({ name, found: [] })
  expect(passed).toBeGreaterThan(10)
}

/** Everything that can be worked with is reached by the tabulator key, and its focus is seen. */
export async function expectReachableByKeyboard(page: Page, name: string): Promise<void> {
  const expected = await page.locator(WORKED).count()
  await page.evaluate('document.activeElement.blur()')
  const reached = new Set<string>()
  // Others, as charts and blocks of text, are reached as well.
  for (let i = 0; i < 2 * expected + 2 && reached.size < expected; i++) {
    await page.keyboard.press('Tab')
    const { id, visible } = await focused(page)
    if (id === '') continue
    expect({ name, id, visible }).toEqual({ name, id, visible: true })
    reached.add(id)
  }
  expect({ name, reached: reached.size }).toEqual({ name, reached: expected })
}
