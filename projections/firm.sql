/* One row per registered firm, with its name as of the date. */
WITH
-- An alias is about finding a firm: like a registration it holds at every date.
alias AS (
  SELECT firm_id, list({'language': language, 'name': name} ORDER BY first_position) AS names
  FROM (
    FROM firm_alias
    WHERE known_to > p_known_at
    QUALIFY row_number() OVER (
      PARTITION BY first_position ORDER BY known_on <= p_known_at DESC, known_on, position
    ) = 1
  )
  GROUP BY firm_id
)
SELECT
  registered.firm_id AS firm_id, -- id of the firm
  coalesce(renamed.latest.name, registered.name) AS name, -- its name as of the date
  list_concat(
    CASE WHEN renamed.firm_id IS NULL THEN coalesce(registered.names, [])
         ELSE list_concat(coalesce(renamed.latest.names, []), [{'language': 'former', 'name': registered.name}],
                          coalesce(registered.names, []))
    END,
    coalesce(alias.names, [])
  ) AS names, -- names in other languages, former ones, and aliases
  registered.country_code AS country_code, -- ISO 3166-1
  registered.kind AS kind, -- company, venture, state_body, fund, person or other
  registered.lei AS lei, -- legal entity identifier
  registered.unified_social_credit_code AS unified_social_credit_code, -- of China's register
  registered.ticker AS ticker, -- stock code with market
  merged.into_firm_id AS merged_into_id -- the firm that it merged into
FROM _firm_registered_at(p_as_of, p_known_at) AS registered
LEFT JOIN _firm_renamed_at(p_as_of, p_known_at) AS renamed USING (firm_id)
LEFT JOIN alias USING (firm_id)
LEFT JOIN _merged_firm_at(p_as_of, p_known_at) AS merged USING (firm_id)
