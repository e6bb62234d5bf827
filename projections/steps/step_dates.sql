/* One row per project whose steps are to be worked out and day by which a vague date counts, with a number: 'both' where no
   date is vague. */
WITH vague AS (
  SELECT project_id FROM project_step WHERE effective_earliest <> effective_latest
  UNION
  SELECT statement.project_id
  FROM swap_statement AS statement
  JOIN step_swap ON step_swap.swap_id = statement.swap_id AND step_swap.is_vague
  WHERE statement.project_id IS NOT NULL
)
SELECT row_number() OVER ()::INTEGER AS number, project_id, dates
FROM (
  SELECT project_id, 'both' AS dates FROM step_project ANTI JOIN vague USING (project_id)
  UNION ALL
  SELECT project_id, unnest(['latest', 'earliest']) FROM step_project SEMI JOIN vague USING (project_id)
)
