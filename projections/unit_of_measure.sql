/* One row per unit that the ledger registers. Figures that were written in it are stored in the base unit. */
SELECT
  symbol, -- how it is written, without a period
  name, -- its full name
  dimension, -- what it measures
  CASE dimension
    WHEN 'mass' THEN 't' WHEN 'power' THEN 'MW' WHEN 'apparent_power' THEN 'MVA' WHEN 'energy' THEN 'MWh'
    WHEN 'area' THEN 'm2' WHEN 'length' THEN 'km' WHEN 'volume' THEN 'm3' WHEN 'gas_volume' THEN 'Nm3'
    WHEN 'oil_volume' THEN 'bbl' WHEN 'liquid_volume' THEN 'l' WHEN 'containers' THEN 'TEU'
    WHEN 'ship_work' THEN 'CGT' WHEN 'separative_work' THEN 'SWU' WHEN 'pieces' THEN 'units' ELSE dimension
  END AS base_unit, -- unit in which its figures are stored
  factor, -- base units in one unit
  aliases, -- other spellings
  position -- event that registers it
FROM unit_registration
WHERE known_to > p_known_at
QUALIFY row_number() OVER (PARTITION BY symbol ORDER BY known_on <= p_known_at DESC, known_on, position) = 1
