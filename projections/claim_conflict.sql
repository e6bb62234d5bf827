/* One row per event in force, claim that contradicts it, and field: the recorded and the claimed value. A contradiction
   applies to a correction of the event, until a correction has the claimed value. */
WITH
contradiction AS (
  SELECT
    claim.position, claim.known_on, claim.target_id, claim.field, claim.claimed,
    target.position AS target_position, target.first_position
  FROM claim JOIN event AS target ON target.event_id = claim.target_id
  WHERE claim.stance = 'contradicts' AND claim.known_on <= p_known_at AND claim.known_to > p_known_at
),
said AS (
  SELECT
    position,
    string_agg(title, '; ' ORDER BY title) AS titles,
    list_sort(list_distinct(list(publisher))) AS publishers,
    bool_and(is_state_affiliated) AS is_state_affiliated
  FROM event_source
  WHERE position IN (SELECT position FROM contradiction)
  GROUP BY position
)
SELECT
  event.event_id AS event_id, -- id of the event that is contradicted
  contradiction.field AS field, -- contradicted field; NULL if the whole event is denied
  CASE contradiction.field WHEN 'effective' THEN event.effective WHEN 'due' THEN step.due ELSE stated.stated END AS recorded, -- recorded value; NULL if missing, inexact, or not used by figures
  shown_claim(contradiction.field, contradiction.claimed) AS claimed, -- claimed value
  said.titles AS source, -- titles of the claiming sources
  event.position AS position, -- ledger position of the event
  event.type AS type, -- its type
  event.summary AS summary, -- its content in a few words
  contradiction.position AS claim_position, -- ledger position of the claim
  contradiction.known_on AS known_on, -- day the claim was public
  said.publishers AS publishers, -- who published those sources
  said.is_state_affiliated AS is_state_affiliated, -- whether all of them are state-affiliated
  contradiction.target_id <> event.event_id AS is_carried_over -- whether it was made about an earlier version of the event
FROM contradiction
JOIN event ON event.first_position = contradiction.first_position AND event.position >= contradiction.target_position
LEFT JOIN said ON said.position = contradiction.position
LEFT JOIN project_step AS step ON step.position = event.position
LEFT JOIN _stated_field_at(p_as_of, p_known_at) AS stated
  ON stated.position = event.position AND stated.field = contradiction.field
WHERE event.known_on <= p_known_at AND event.known_to > p_known_at
  AND effective_day(event.effective_earliest, event.effective_latest) <= p_as_of
  AND (contradiction.field IS NULL OR stated.stated IS DISTINCT FROM contradiction.claimed)
