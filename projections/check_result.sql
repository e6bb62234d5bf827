/* One row per finding of a check: something in the record that should not be, or is worth a look, with the events
   concerned. What was acknowledged when it was recorded is there, and marked. */
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
  known_check.severity AS severity, -- error: must not be; warning: worth a look
  finding.subject AS subject, -- what it is about, as kind:id
  finding.message AS message, -- what is the matter, with figures
  finding.positions AS positions, -- ledger positions of the events concerned
  known_check.sentence AS sentence, -- what the check says is wrong
  reason.reason AS acknowledged -- why it was recorded all the same; NULL when nobody has said
FROM finding
JOIN known_check ON known_check.check_name = finding.check_name
LEFT JOIN reason
  ON reason.check_name = finding.check_name AND reason.subject = finding.subject AND reason.message = finding.message
