/* A dissolved venture still runs a facility or builds a project. Severity: warning. One row per facility or project. */
WITH
dissolved AS (FROM _dissolved_venture_at(p_as_of, p_known_at)),
orphan AS (
  SELECT 'facility' AS kind, registered.facility_id AS id, dissolved.firm_id
  FROM _facility_registered_at(p_as_of, p_known_at) AS registered
  LEFT JOIN _facility_operator_at(p_as_of, p_known_at) AS run_by USING (facility_id)
  JOIN dissolved ON dissolved.firm_id = coalesce(run_by.latest.operator_id, registered.operator_id)
  UNION ALL
  SELECT 'project', project.project_id, dissolved.firm_id
  FROM _project_row_at(p_as_of, p_known_at) AS project
  JOIN dissolved ON dissolved.firm_id = project.firm_id
  WHERE project.is_pending
)
SELECT
  orphan.kind || ':' || orphan.id AS subject,
  concat(CASE orphan.kind WHEN 'facility' THEN 'run' ELSE 'built' END, ' by ', orphan.firm_id, ', which is dissolved; no ',
         orphan.kind, '_transferred says who follows') AS message,
  said.positions AS positions
FROM orphan
JOIN (
  SELECT owned_id AS firm_id, list(position) AS positions
  FROM stake_statement
  WHERE is_dissolution AND effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
  GROUP BY owned_id
) AS said USING (firm_id)
