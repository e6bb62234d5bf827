/* One row per part of the bar of a firm on one basis: what operates and what is pending, gross. */
SELECT
  activity_id || ' · ' || unit AS panel, -- what is drawn on one scale
  firm_id || ' · ' || basis AS label, -- what the bar is
  CASE status WHEN 'pending' THEN 'gross' ELSE 'operating' END AS part, -- operating or gross
  capacity AS amount, -- how much, in the panel's unit; NULL when unknown
  NULL::VARCHAR AS note -- what a figure does not say
FROM firm_holding
WHERE (len($firm::VARCHAR[]) = 0 OR list_contains($firm::VARCHAR[], firm_id))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
  AND (len($basis::VARCHAR[]) = 0 OR list_contains($basis::VARCHAR[], basis))
ORDER BY panel, firm_id, list_position(['operated', 'controlled', 'attributable'], basis), part DESC
