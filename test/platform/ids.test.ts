import { expect, it } from 'vitest'
import { requestId } from '../../src/platform/ids.ts'

it('a request id is `req_` and 24 hex digits, each of them random', () => {
  const ids = Array.from({ length: 300 }, requestId)
  for (const id of ids) expect(id).toMatch(/^req_[0-9a-f]{24}$/)
  const digitsAt = (at: number) => new Set(ids.map((id) => id[at])).size
  // Of 16 digits, 300 draws miss more than two once in millions of years; a UUID's version is one digit and its variant four.
  for (let at = 'req_'.length; at < 'req_'.length + 24; at++) expect(digitsAt(at)).toBeGreaterThan(13)
})
