/** One operation, collapsed to its first line. */
import type { FC } from 'hono/jsx'
import type { Answered, Operation, Parameter } from '../../api/document/form.ts'
import { useView } from '../view.ts'
import { curlOf } from './curl.ts'
import { Field, SchemaDetails } from './schema.tsx'

export interface OperationAtPath {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

export const OperationDetails: FC<OperationAtPath> = ({ method, path, operation }) => {
  const { operationId, summary, description, parameters, requestBody, responses } = operation
  return (
    <details class="operation" id={operationId}>
      <summary>
        <h3>
          <span class="method">{method.toUpperCase()}</span> <code>{path}</code>
        </h3>{' '}
        <span class="soft">{summary}</span>
      </summary>
      <div class="inside">
        <p>{description}</p>
        {parameters.length > 0 && (
          <>
            <h4>Parameters</h4>
            <ul class="fields">
              {parameters.map((one) => (
                <Field {...one} description={placeOf(one)} />
              ))}
            </ul>
          </>
        )}
        {requestBody !== undefined && <h4>Body</h4>}
        {Object.values(requestBody?.content ?? {}).map(({ schema }) => (
          <SchemaDetails schema={schema} />
        ))}
        <h4>Responses</h4>
        <dl class="answers">
          {Object.entries(responses).map(([status, answered]) => (
            <>
              <dt>{status}</dt>
              <dd>{answered['x-codes']?.map(linkTo) ?? <Details answered={answered} />}</dd>
            </>
          ))}
        </dl>
        <h4>Example</h4>
        <pre data-copy="the command">{curlOf(useView().origin, method, path, operation)}</pre>
      </div>
    </details>
  )
}

const LOCATIONS = { path: 'in the path', query: 'in the query', header: 'header' } as const

const placeOf = ({ in: location, description }: Parameter): string =>
  description === '' ? LOCATIONS[location] : `${LOCATIONS[location]}. ${description}`

const linkTo = (code: string, i: number) => (
  <>
    {i > 0 && ', '}
    <a href={`#problem-${code}`}>
      <code>{code}</code>
    </a>
  </>
)

const Details: FC<{ answered: Answered }> = ({ answered: { description, headers, content = {} } }) => (
  <>
    {description}
    {Object.values(content).map(({ schema }) => (
      <SchemaDetails schema={schema} />
    ))}
    <ul class="fields">
      {Object.entries(headers).map(([name, header]) => (
        <Field name={name} schema={header.schema} required description={`header. ${header.description}`} />
      ))}
    </ul>
  </>
)
