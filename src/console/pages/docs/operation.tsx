/** One operation, collapsed to its first line. */
import type { FC } from 'hono/jsx'
import type { Answered, Operation, Parameter } from '../../api/document/form.ts'
import { curlOf } from './curl.ts'
import { Field, SchemaDetails } from './schema.tsx'

export interface OperationAtPath {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

export const OperationDetails: FC<OperationAtPath & { origin: string }> = ({
  method,
  path,
  operation,
  origin,
}) => {
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
        {parameters.length > 0 && <Parameters parameters={parameters} />}
        {requestBody !== undefined && <h4>Body</h4>}
        {Object.values(requestBody?.content ?? {}).map(({ schema }) => (
          <SchemaDetails schema={schema} direction="request" />
        ))}
        <h4>Responses</h4>
        <dl class="answers">
          {Object.entries(responses).map(([status, answered]) => (
            <ResponseItem status={status} answered={answered} />
          ))}
        </dl>
        <h4>Example</h4>
        <pre data-copy="the command">{curlOf(origin, method, path, operation)}</pre>
      </div>
    </details>
  )
}

const LOCATIONS = { path: 'in the path', query: 'in the query', header: 'header' } as const

const Parameters: FC<{ parameters: readonly Parameter[] }> = ({ parameters }) => (
  <>
    <h4>Parameters</h4>
    <ul class="fields">
      {parameters.map(({ name, in: location, required, description, schema }) => (
        <Field
          name={name}
          schema={schema}
          required={required}
          direction="request"
          description={description === '' ? LOCATIONS[location] : `${LOCATIONS[location]}. ${description}`}
        />
      ))}
    </ul>
  </>
)

const ResponseItem: FC<{ status: string; answered: Answered }> = ({ status, answered }) => {
  const { description, headers, content = {}, 'x-codes': codes } = answered
  return (
    <>
      <dt>{status}</dt>
      <dd>
        {codes === undefined ? (
          <>
            {description}
            {Object.values(content).map(({ schema }) => (
              <SchemaDetails schema={schema} direction="response" />
            ))}
            <ul class="fields">
              {Object.entries(headers).map(([name, header]) => (
                <Field
                  name={name}
                  schema={header.schema}
                  required
                  direction="response"
                  description={`header. ${header.description}`}
                />
              ))}
            </ul>
          </>
        ) : (
          codes.map((code, i) => (
            <>
              {i > 0 && ', '}
              <a href={`#problem-${code}`}>
                <code>{code}</code>
              </a>
            </>
          ))
        )}
      </dd>
    </>
  )
}
