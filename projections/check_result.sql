/* One row per finding of a check, with the events concerned. Findings acknowledged at recording are included and
   marked. */
WITH
finding AS (FROM _check_finding_at(p_as_of, p_known_at)),
reason AS (
  SELECT finding.check_name, finding.subject, finding.message, string_agg(DISTINCT acknowledgement.reason, '; ' ORDER BY acknowledgement.reason) AS reason
  FROM finding
  JOIN acknowledgement
    ON acknowledgement.check_name = finding.check_name AND list_contains(finding.positions, acknowledgement.position)
  WHERE acknowledgement.known_on <= p_known_at AND acknowledgement.known_to > p_known_at
  GROUP BY finding.check_name, finding.subject, finding.message
)
SELECT
  finding.check_name AS check_name, -- name of the check: a file in projections/checks
  known_check.severity AS severity, -- error: cannot all be true; warning: to review
  finding.subject AS subject, -- what it is about, as kind:id
  finding.message AS message, -- the finding, with figures
  finding.positions AS positions, -- ledger positions of the events concerned
  known_check.sentence AS sentence, -- what the check reports
  reason.reason AS acknowledged -- reason of the acknowledgement; NULL if not acknowledged
FROM finding
JOIN known_check ON known_check.check_name = finding.check_name
LEFT JOIN reason
  ON reason.check_name = finding.check_name AND reason.subject = finding.subject AND reason.message = finding.message
