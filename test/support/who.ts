/** The operator of the tests. */
import type { Who } from '../../src/registry/audit/entry.ts'

export const WHO: Who = { actor: 'admin', from: '192.0.2.1', requestId: 'req_test', reason: null }
