/** SQL: the sources that a table has rows of. The primary key leads from source to source, so no other row is read. */

/**
 * A common table expression, `sources (source)`, whose last row is null.
 *
 * @param table its primary key begins with `source`
 * @param only parameter of the one source that is wanted; null for all
 * @param from parameter of the first source that is wanted
 */
export const sourcesIn = (
  table: 'counters' | 'deliverability',
  only: `?${number}` | 'NULL' = 'NULL',
  from: `?${number}` | `''` = `''`,
): string => `
  sources (source) AS (
    SELECT coalesce(${only}, (SELECT min(source) FROM ${table} WHERE source >= ${from}))
    UNION ALL
    SELECT (SELECT min(c.source) FROM ${table} c WHERE c.source > s.source)
    FROM sources s WHERE ${only} IS NULL AND s.source IS NOT NULL)`
