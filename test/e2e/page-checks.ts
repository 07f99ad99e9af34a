/** What a test asks of a page in the browser. The questions are text, since they run there and not here. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** Pixels by which the page is wider than its window. */
export const overflow = (page: Page): Promise<number> => page.evaluate<number>(OVERFLOW)

const OVERFLOW = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

/** All that a reader can work with; of a folded part, its first line, and of radio buttons one: the arrows choose. */
export const WORKED =
  'a[href]:visible, button:visible, input:not([type=hidden], [type=radio]:not(:checked)):visible, select:visible, textarea:visible, summary:visible'

/** What has the focus, told apart from its likes, and whether a reader can see that it has. In the browser. */
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

/** What has the focus now. */
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

/** Runs axe over the page. It is put in from outside, past the policy that lets no page of ours have a script. */
export async function expectNoViolations(page: Page, name: string): Promise<void> {
  await page.evaluate(AXE)
  const { violations, passes } = await page.evaluate<AxeResults>('axe.run()')
  const found = violations.map(({ id, nodes }) =>
    [id, ...nodes.map(({ html }) => html)].join(' ').slice(0, 500),
  )
  expect({ name, found }).toEqual({ name, found: [] })
  expect(passes.length).toBeGreaterThan(10)
}
