import { createExecutionContext } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { newConsole } from './support.ts'

describe('a request to the console', () => {
  it('runs to completion even if the client disconnects', async () => {
    const context = createExecutionContext()
    const kept: unknown[] = []
    context.waitUntil = (work) => void kept.push(work)
    const response = await newConsole().fetch('/health', {}, context)
    expect(await Promise.all(kept)).toContain(response)
  })
})
