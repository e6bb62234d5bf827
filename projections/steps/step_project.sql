/* One row per project whose steps are to be worked out: each that an event after the variable steps_after, or one that such
   an event supersedes, is about, directly, through its registration or facility, or through a swap, a lot or a rule. */
WITH
new_event AS (
  SELECT position FROM event WHERE position > getvariable('steps_after')::BIGINT
  UNION ALL SELECT target_position FROM link
),
swap AS (
  SELECT swap_id FROM swap_statement SEMI JOIN new_event USING (position)
  UNION SELECT swap_id FROM swap_outcome SEMI JOIN new_event USING (position)
  UNION SELECT swap_id FROM lot_return SEMI JOIN new_event USING (position)
  UNION SELECT swap_id FROM capacity_move SEMI JOIN new_event USING (position) WHERE swap_id IS NOT NULL
  UNION
  SELECT swap_id
  FROM swap_leg
  WHERE lot_id IN (
    SELECT lot_id FROM capacity_move SEMI JOIN new_event USING (position) WHERE lot_id IS NOT NULL
    UNION SELECT lot_id FROM lot_recognition SEMI JOIN new_event USING (position)
  )
  UNION
  SELECT swap_id
  FROM swap_statement
  WHERE is_announcement AND ratio IS NULL AND (
    EXISTS (FROM rule_enactment SEMI JOIN new_event USING (position))
    OR EXISTS (FROM rule_ending SEMI JOIN new_event USING (position))
  )
),
place AS (
  SELECT facility_id FROM facility_registration SEMI JOIN new_event USING (position)
  UNION SELECT facility_id FROM facility_move SEMI JOIN new_event USING (position)
)
SELECT project_id FROM project_step SEMI JOIN new_event USING (position)
UNION SELECT project_id FROM project_registration SEMI JOIN new_event USING (position)
UNION SELECT project_id FROM project_registration SEMI JOIN place USING (facility_id)
UNION SELECT project_id FROM project_move SEMI JOIN new_event USING (position)
UNION SELECT project_id FROM project_move SEMI JOIN place USING (facility_id)
UNION SELECT project_id FROM swap_statement SEMI JOIN swap USING (swap_id) WHERE project_id IS NOT NULL
