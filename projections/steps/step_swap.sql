/* One row per swap of a project whose steps are to be worked out: whether it hangs on lots or rules, and whether a date of
   it is vague. */
WITH
swap AS (
  SELECT DISTINCT swap_id FROM swap_statement SEMI JOIN step_project USING (project_id)
),
coupled AS (
  SELECT swap_id FROM swap_leg SEMI JOIN swap USING (swap_id) WHERE lot_id IS NOT NULL
  UNION SELECT swap_id FROM swap_statement SEMI JOIN swap USING (swap_id) WHERE is_announcement AND ratio IS NULL
),
vague AS (
  SELECT swap_id FROM swap_statement WHERE effective_earliest <> effective_latest
  UNION SELECT swap_id FROM swap_outcome WHERE effective_earliest <> effective_latest
  UNION SELECT swap_id FROM capacity_move WHERE swap_id IS NOT NULL AND effective_earliest <> effective_latest
)
SELECT
  swap_id,
  swap_id IN (FROM coupled) AS is_coupled,
  swap_id IN (FROM coupled) OR swap_id IN (FROM vague) AS is_vague -- the dates of lots and rules may be
FROM swap
