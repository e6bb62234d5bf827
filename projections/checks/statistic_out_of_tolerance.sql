/* A published total differs from what our facilities add up to by more than its tolerance. Severity: warning. One row per total. */
SELECT
  coalesce('firm:' || report.firm_id, 'region:' || report.region_code, 'country:' || report.country_code) AS subject,
  concat(spoken(total.reported), ' ', total.unit, ' of ', total.activity_id, ' (', total.measure, ') reported for ', total.scope_id, '; ours add up to ',
         spoken(total.computed), ', off by ', spoken(total.difference), ' where ', spoken(total.tolerance), ' is tolerated',
         CASE WHEN total.unknown_count > 0
              THEN concat('; facilities without an exact figure left out: ', total.unknown_count) END) AS message,
  [total.position] AS positions
FROM statistic_reconciliation_at(p_as_of, p_known_at) AS total
JOIN capacity_report AS report ON report.position = total.position
WHERE NOT total.is_within
