import { beforeAll, describe, expect, it } from 'vitest'
import { documentOf } from '../../../src/console/api/document/index.ts'
import { ROUTES } from '../../../src/console/api/index.ts'
import { migrate, newConsole } from '../support.ts'
import { type Visitor, visitor } from './visitor.ts'

let reader: Visitor
let html: string

beforeAll(async () => {
  await migrate()
  reader = visitor(newConsole())
  await reader.enter()
  html = await reader.html('/docs')
})

describe('the API reference', () => {
  it('is linked from the navigation', async () => {
    expect(await reader.html('/access')).toContain('<a href="/docs"')
  })

  it.each(ROUTES.map(({ id, method, path, summary }) => [id, method, path, summary]))(
    'shows %s',
    (id, method, path, summary) => {
      const start = html.indexOf(`<details class="operation" id="${id}">`)
      expect(start).toBeGreaterThan(0)
      const operation = html.slice(start, html.indexOf('</details>', start))
      expect(operation).toContain(`${method}</span> <code>${path}</code>`)
      expect(operation).toContain(escaped(summary))
      expect(operation).toContain('Authorization: Bearer $POSTERN_TOKEN')
    },
  )

  it('shows every problem code with its status', () => {
    for (const { code, status } of documentOf(ROUTES)['x-problems']) {
      const [, before = ''] = html.split('id="problems-title"')
      const row = before
        .slice(0, before.indexOf(`id="problem-${code}"`))
        .split('<tr')
        .at(-1)
      expect({ code, row }).toMatchObject({ code, row: expect.stringContaining(String(status)) })
    }
  })

  it('finds operations by every word', async () => {
    const found = await reader.html('/docs?q=put%20SOURCES')
    expect(found).toContain('id="putSource"')
    expect(found).not.toContain('id="getHealth"')
    expect(found).toContain('id="schemas-title"')
    expect(await reader.html('/docs?q=%3Cb%3Enothing')).toContain('None match.')
  })

  it('has a target for each of its links', () => {
    const links = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id = '']) => id)
    expect(links.length).toBeGreaterThan(100)
    const places = new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
    expect([...new Set(links)].filter((id) => !places.has(id))).toEqual([])
  })

  it('uses no id twice', () => {
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([])
  })

  it('has no inline script or style and nothing from another origin', () => {
    expect(html).not.toMatch(
      /<script(?! src=)|<style| style="| on[a-z]+="|src="(?!\/icon\.svg|\/app\.js)|href="(?![#/])/,
    )
  })
})

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
