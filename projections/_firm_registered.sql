/* One row per registered firm, as its registration stands. A registration is about our ids, not about the world: one
   that became known later than the date asked for is used all the same, so that no figure loses its place. */
SELECT firm_id, name, names, country_code, kind, lei, unified_social_credit_code, ticker, position
FROM firm_registration
WHERE known_to > p_known_at
QUALIFY row_number() OVER (
  PARTITION BY firm_id ORDER BY known_on <= p_known_at DESC, known_on, position
) = 1
