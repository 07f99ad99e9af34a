/** Checks of a page in the browser. They are text, since they run in the browser. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** Pixels by which the page is wider than its window. */
export const overflow = (page: Page): Promise<number> => page.evaluate<number>(OVERFLOW)

const OVERFLOW = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

/** All that the tabulator key reaches; bars of a chart lead where a menu of spans does, too. Of a closed details element only its summary, and of radio buttons one, since arrow keys choose. */
const WORKED =
  'a[href]:not([tabindex="-1"]):visible, button:visible, input:not([type=hidden], [type=radio]:not(:checked)):visible, select:visible, textarea:visible, summary:visible'

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

/** Nothing of the page is loaded once more: no rule that is on reads style sheets. */
const ALL: RunOptions = { resultTypes: ['violations'], preload: false }
/** Rules whose answer a theme changes. */
const OF_COLORS: RunOptions = { ...ALL, runOnly: ['color-contrast', 'link-in-text-block'] }

/** Findings of axe. Its whole result names every element of the page. Runs in the browser. */
const found = (
  options: RunOptions,
): string => `axe.run(${JSON.stringify(options)}).then(({ violations, passes }) => ({
  found: violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)].join(' ').slice(0, 500)),
  passed: passes.length,
}))`

/** Every document has axe, past the content security policy. Half a megabyte is sent to the browser once. */
export const loadAxe = (page: Page): Promise<unknown> => page.addInitScript({ content: AXE })

/** Runs axe on a page that has it by {@link loadAxe}. */
export async function expectNoViolations(page: Page, name: string, options = ALL): Promise<void> {
  const { found: violations, passed } = await page.evaluate<{ found: string[]; passed: number }>(
    found(options),
  )
  expect.soft({ name, violations }).toEqual({ name, violations: [] })
  expect(passed).toBeGreaterThan(options === ALL ? 10 : 0)
}

const HEIGHT = 800
/** From a phone that is zoomed (WCAG 1.4.10 asks for 320 pixels) to a large screen. */
const WIDTHS = Array.from({ length: 57 }, (_, i) => 320 + 40 * i)
/** Widths at which axe looks. A theme changes colors alone. */
const LOOKS: ReadonlyMap<number, readonly (readonly ['light' | 'dark', RunOptions])[]> = new Map([
  [320, [['light', ALL]]],
  [760, [['dark', ALL]]],
  [
    1280,
    [
      ['light', OF_COLORS],
      ['dark', ALL],
    ],
  ],
  [2560, [['light', ALL]]],
])

const UNFOLD = `for (const one of document.querySelectorAll('details')) one.open = true`

/** The page, unfolded, is at no width wider than its window, and axe finds nothing at four widths in both themes. */
export async function expectWell(page: Page, name: string): Promise<void> {
  await page.evaluate(UNFOLD)
  const tooWide: Record<number, number> = {}
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: HEIGHT })
    const pixels = await overflow(page)
    if (pixels > 0) tooWide[width] = pixels
    for (const [colorScheme, options] of LOOKS.get(width) ?? []) {
      await page.emulateMedia({ colorScheme })
      await expectNoViolations(page, `${name} at ${width} pixels, ${colorScheme}`, options)
    }
  }
  expect.soft({ name, tooWide }).toEqual({ name, tooWide: {} })
}

/** How far the page has shifted by itself since it was loaded, as browsers measure it. @param passes lets time pass where it stands still */
export async function layoutShift(
  page: Page,
  passes: () => Promise<void> = async () => undefined,
): Promise<number> {
  const [shift] = await Promise.all([page.evaluate<number>(SHIFT), passes()])
  return shift
}

const SHIFT = `new Promise((resolve) => {
  let sum = 0
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) sum += value
  }).observe({ type: 'layout-shift', buffered: true })
  setTimeout(() => resolve(sum), 500)
})`

/** Records what gets the focus from now on. Runs in the browser. */
const RECORD_FOCUS = `document.activeElement.blur()
globalThis.reached = []
document.addEventListener('focusin', () => reached.push(${FOCUSED}))`

/** Everything that can be worked with is reached by the tabulator key, and its focus is seen. */
export async function expectReachableByKeyboard(page: Page, name: string): Promise<void> {
  const expected = await page.locator(WORKED).count()
  await page.evaluate(RECORD_FOCUS)
  let reached: readonly Focused[] = []
  const ids = () => new Set(reached.map(({ id }) => id)).size
  // Others, as charts and blocks of text, are reached as well.
  for (let i = 0; i < 2 * expected + 2 && ids() < expected; i++) {
    await page.keyboard.press('Tab')
    if (i >= expected - 1) reached = (await page.evaluate<Focused[]>('reached')).filter(({ id }) => id !== '')
  }
  expect({ name, unseen: reached.filter(({ visible }) => !visible) }).toEqual({ name, unseen: [] })
  expect({ name, reached: ids() }).toEqual({ name, reached: expected })
}
