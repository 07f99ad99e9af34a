/** The certificate of an erasure, to be read. */
import type { FC } from 'hono/jsx'
import * as v from 'valibot'
import { type Certificate, CertificateSchema, type Remains } from '../../../api/erasures.ts'
import { fromBase64Url } from '../../../platform/bytes.ts'
import { parseJson } from '../../../platform/json.ts'
import { Part, Shown, Table, When } from '../components.tsx'

/** The payload of a certificate of ours; undefined for one of a later version. */
export function certificateIn(jws: string): Certificate | undefined {
  const payload = fromBase64Url(jws.split('.')[1] ?? '') ?? new Uint8Array()
  const read = v.safeParse(CertificateSchema, parseJson(payload))
  return read.success ? read.output : undefined
}

export const Destroyed: FC<Certificate> = ({ destroyed, remains }) => (
  <>
    <Part id="destroyed" title="What was destroyed">
      <Table
        caption="What was destroyed"
        columns={[
          { label: 'Place', cell: ({ place }) => place.replaceAll('_', ' ') },
          { label: 'What was done there', kind: 'long', cell: ({ what }) => what },
        ]}
        rows={destroyed}
      />
    </Part>
    <RemainsPart remains={remains} />
  </>
)

/** Remains of an erasure, until when and why. */
export const RemainsPart: FC<{ remains: readonly Remains[] }> = ({ remains }) => (
  <Part id="remains" title="What may still exist">
    <Table
      caption="What may still exist"
      columns={[
        { label: 'What', kind: 'long', cell: ({ what }) => <Shown text={what} max={400} /> },
        {
          label: 'Until',
          cell: ({ until }) => (until === null ? 'somebody ends it' : <When at={until} />),
        },
        { label: 'Why', kind: 'long', cell: ({ why }) => <Shown text={why} max={400} /> },
      ]}
      rows={remains}
    />
  </Part>
)
