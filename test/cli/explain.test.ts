import { expect, it } from 'vitest'
import { run } from './run.ts'

const FULL = '552 5.2.2 mailbox full'

it.each<[string, readonly string[], string, RegExp]>([
  [
    'a text',
    ['550 5.1.1 user unknown'],
    '',
    /^no_mailbox: Nobody has this address: .*\n550 5\.1\.1 user unknown\n$/,
  ],
  ['several', [FULL, '550 DMARC check failed'], '', /^mailbox_full: [^]*\nauthentication \(dmarc\): /],
  [
    'a refusal of the sender, with the page',
    ['550 5.7.26 unauthenticated - gsmtp'],
    '',
    / See https:\/\/support\.google\.com\/a\/answer\/81126\n/,
  ],
  ['lines of standard input', [], `${FULL}\n\n550 no\n`, /^mailbox_full: [^]*\nunknown: /],
  ['a text that hides what follows', ['550 \u202egnp.exe'], '', /^unknown: .*\n550 [^\u202e]*$/],
  [
    'objects, for programs',
    ['--json'],
    `{"text": "${FULL}"}\n{"text": "no", "code": "5.7.26"}\n{"text": "no", "code": 552}\n{"text": "no"}\n`,
    /^{"cause":"mailbox_full","cause_detail":null}\n{"cause":"authentication","cause_detail":"dmarc"}\n{"cause":"mailbox_full","cause_detail":null}\n{"cause":null,"cause_detail":null}\n$/,
  ],
  [
    'the provider by another name',
    ['--json'],
    '{"text": "550 Mailbox unavailable or access denied", "provider": "tencent"}',
    /^{"cause":"rate_limited","cause_detail":"recipient"}\n$/,
  ],
])('explains %s', async (_what, args, stdin, expected) => {
  const { code, out } = await run(['explain', ...args], stdin)
  expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(expected) })
})

it.each(['550 no', '{"code": "550"}', '[]', '{"text": 1}'])(
  'refuses %s in place of an object',
  async (line) => {
    const { code, out, complaints } = await run(
      ['explain', '--json'],
      `{"text": "a"}\n\n${line}\n{"text": "${FULL}"}`,
    )
    expect({ code, answers: out.split('\n'), complaints }).toEqual({
      code: 2,
      answers: [
        '{"cause":null,"cause_detail":null}',
        expect.stringContaining('"error":"Line 3 must be an object'),
        '{"cause":"mailbox_full","cause_detail":null}',
        '',
      ],
      complaints: expect.stringContaining('Line 3 must be an object'),
    })
  },
)
