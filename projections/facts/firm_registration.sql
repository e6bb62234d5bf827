/* One row per FirmRegistered. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "known_on": "DATE",
    "firm_id": "VARCHAR", "name": "VARCHAR",
    "names": [{"language": "VARCHAR", "name": "VARCHAR"}], "country": "VARCHAR", "kind": "VARCHAR",
    "identifiers": {"lei": "VARCHAR", "unified_social_credit_code": "VARCHAR", "ticker": "VARCHAR"}}') AS e
  FROM batch_event
  WHERE type = 'firm_registered'
)
SELECT
  position, -- of the event
  e.known_on AS known_on, -- day the registration, or its correction, was known
  known_to, -- first day on which it was no longer in force
  e.firm_id AS firm_id, -- id of the firm
  e.name AS name, -- its name
  e.names AS names, -- names in other languages and other names
  e.country AS country_code, -- ISO 3166-1
  e.kind AS kind, -- company, venture, state_body, fund, person or other
  e.identifiers.lei AS lei, -- legal entity identifier
  e.identifiers.unified_social_credit_code AS unified_social_credit_code, -- of China's register
  e.identifiers.ticker AS ticker -- stock code with market
FROM decoded
