import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readRows } from '../../../src/cli/csv/read.ts'
import { csvLine, guarded, unguarded } from '../../../src/platform/csv.ts'
import { anyText } from '../../support/any-text.ts'

async function rowsOf(...texts: (string | Uint8Array)[]) {
  async function* parts() {
    for (const text of texts) yield Buffer.from(text)
  }
  const rows: { line: number; address: string; note: string }[] = []
  for await (const row of readRows(parts())) rows.push(row)
  return rows
}

describe('a cell', () => {
  it.each([
    ['a formula', '=1+1', `"'=1+1"\r\n`],
    ['a sum', '+1', `"'+1"\r\n`],
    ['a difference', '-1', `"'-1"\r\n`],
    ['a function of old', '@SUM(A1)', `"'@SUM(A1)"\r\n`],
    ['a call to a program', `=cmd|' /C calc'!A0`, `"'=cmd|' /C calc'!A0"\r\n`],
    ['a tab before', '\t=1', `"'\t'=1"\r\n`],
    ['a return before', '\r=1', `"'\r'=1"\r\n`],
    ['a formula behind a semicolon, which separates cells in many countries', 'a;=1', `"a;'=1"\r\n`],
    ['a formula behind a tab', 'a\t+1', `"a\t'+1"\r\n`],
    ['a formula in a second line', 'a\n@SUM(A1)', `"a\n'@SUM(A1)"\r\n`],
    ['a semicolon alone', 'a;b', 'a;b\r\n'],
    ['full-width signs', '＝1', `"'＝1"\r\n`],
    ['a percent', '%0', `"'%0"\r\n`],
    ['our own mark', `'x`, `"''x"\r\n`],
    ['an address', 'ada@example.com', 'ada@example.com\r\n'],
    ['a comma', 'a,b', '"a,b"\r\n'],
    ['quotes', 'say "so"', '"say ""so"""\r\n'],
    ['a line', 'a\nb', '"a\nb"\r\n'],
    ['space at an end', ' a', '" a"\r\n'],
  ])('with %s does not run', (_what, text, line) => {
    expect(csvLine([text])).toBe(line)
  })

  it('comes back as it was, whatever it is', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        expect(unguarded(guarded(text))).toBe(text)
        expect(guarded(text)).not.toMatch(/(?:^|[;\t\r\n])[=+\-@]/)
      }),
    )
  })

  it('comes back through the reader, too', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 5 }),
        async (notes) => {
          const wanted = notes.map((note) => note.trim())
          const text =
            csvLine(['address', 'note']) + wanted.map((note) => csvLine(['a@b.example', note])).join('')
          expect((await rowsOf(text)).map(({ note }) => note)).toEqual(wanted)
        },
      ),
    )
  })
})

describe('a list', () => {
  it.each([
    [
      'of addresses alone',
      'a@b.example\nc@d.example\n',
      [
        ['a@b.example', ''],
        ['c@d.example', ''],
      ],
    ],
    ['with a head', 'note,Email\nx,a@b.example\n', [['a@b.example', 'x']]],
    ['with a head of an ESP', 'recipient,type\na@b.example,hard\n', [['a@b.example', '']]],
    ['with a byte order mark and CRLF', '\uFEFFemail\r\na@b.example\r\n', [['a@b.example', '']]],
    [
      'with lines of other lengths',
      'email,note\na@b.example\nc@d.example,x,y\n',
      [
        ['a@b.example', ''],
        ['c@d.example', 'x'],
      ],
    ],
    ['with quotes and line ends within', 'email,note\n"a@b.example","x\ny"\n', [['a@b.example', 'x\ny']]],
    ['without anything', '', []],
  ])('%s is read', async (_what, text, rows) => {
    expect((await rowsOf(text)).map(({ address, note }) => [address, note])).toEqual(rows)
  })

  it('is read in any pieces', async () => {
    const bytes = Buffer.from('email,note\nä@b.example,"x,y"\nc@d.example,z\n')
    for (let i = 1; i < bytes.length; i++)
      expect(await rowsOf(bytes.subarray(0, i), bytes.subarray(i))).toMatchObject([
        { line: 2, address: 'ä@b.example', note: 'x,y' },
        { line: 3, address: 'c@d.example', note: 'z' },
      ])
  })

  it.each([
    ['an open quote', 'email\n"a@b.example\n'],
    ['a quote within', 'email\na"b@c.example\n'],
    ['a row without an end', `email\n${'x'.repeat(100_000)}`],
  ])('with %s is no CSV, and nothing of it is quoted', async (_what, text) => {
    await expect(rowsOf(text)).rejects.toThrow(/^That is no CSV \([a-z ]+\)\.$/)
  })
})

describe('a head of an ESP’s own export', () => {
  it.each([
    ['Postmark', 'EmailAddress,Origin'],
    ['Mailchimp', 'Email Address,First Name'],
    ['Mailgun', 'address,code,error,created_at'],
    ['SendGrid', 'email,created'],
    ['SparkPost', 'recipient,type'],
    ['an underscore', 'email_address,x'],
  ])('names the addresses: %s', async (_what, head) => {
    expect(await rowsOf(`${head}\nada@example.com,1`)).toEqual([
      { line: 2, address: 'ada@example.com', note: '' },
    ])
  })

  it.each([
    [
      'SendGrid',
      'status,reason,email,created',
      '5.1.1,550 no such user,ada@example.com,1443651125',
      '550 no such user',
      '2015-09-30T22:12:05.000Z',
    ],
    [
      'Postmark',
      'EmailAddress,SuppressionReason,CreatedAt',
      'ada@example.com,HardBounce,2026-11-01T12:00:00+01:00',
      'HardBounce',
      '2026-11-01T11:00:00.000Z',
    ],
    [
      'Mailgun',
      'address,code,error,created_at',
      'ada@example.com,550,No such mailbox,"Fri, 21 Oct 2011 11:02:55 GMT"',
      'No such mailbox',
      '2011-10-21T11:02:55.000Z',
    ],
    ['a note of one’s own', 'email,reason,note', 'ada@example.com,bounce,by phone', 'by phone', undefined],
    [
      'a time without a zone',
      'email,reason,created',
      'ada@example.com,bounce,2014-12-06 08:34:48',
      'bounce',
      undefined,
    ],
  ])('says why and when: %s', async (_what, head, row, note, since) => {
    expect(await rowsOf(`${head}\n${row}`)).toEqual([
      { line: 2, address: 'ada@example.com', note, ...(since === undefined ? {} : { exported: { since } }) },
    ])
  })

  it('of ours says why', async () => {
    expect(await rowsOf('address,reason,since,source,evidence,note\na@b.example,manual,now,,,x')).toEqual([
      {
        line: 2,
        address: 'a@b.example',
        note: 'x',
        exported: { reason: 'manual', since: 'now' },
      },
    ])
  })
})
