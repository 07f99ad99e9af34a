#!/usr/bin/env node
/** `postern verify` and `postern sign`; `npm run postern -- help` says how. */
import { buffer } from 'node:stream/consumers'
import { main } from './cli/index.ts'

process.exitCode = await main(
  process.argv.slice(2),
  {
    stdin: () => buffer(process.stdin),
    print: (output) => process.stdout.write(typeof output === 'string' ? `${output}\n` : output),
    environment: process.env,
    nowSeconds: Math.floor(Date.now() / 1_000),
  },
  (line) => console.error(line),
)
