/* One row per part of the bar of a firm on one basis: what operates and what is pending, gross. */
WITH labelled AS (
  SELECT firm_id, label_of(name, firm_id, count(*) OVER (PARTITION BY name[:47])) AS firm FROM firm
)
SELECT
  coalesce(activity.name, activity_id) || ' · ' || firm_holding.unit AS panel, -- what is drawn on one scale
  coalesce(labelled.firm, firm_id) || ' · ' || basis AS label, -- the firm and the basis
  CASE status WHEN 'pending' THEN 'gross' ELSE 'operating' END AS part, -- operating or gross
  capacity AS amount, -- how much, in the panel's unit; NULL when unknown
  NULL::VARCHAR AS note -- what a figure does not say
FROM firm_holding LEFT JOIN labelled USING (firm_id) LEFT JOIN activity USING (activity_id)
WHERE (len($firm::VARCHAR[]) = 0 OR list_contains($firm::VARCHAR[], firm_id))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
  AND (len($basis::VARCHAR[]) = 0 OR list_contains($basis::VARCHAR[], basis))
ORDER BY panel, labelled.firm, firm_id, list_position(['operated', 'controlled', 'attributable'], basis), part DESC
