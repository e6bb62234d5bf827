/* One row per event that stands, claim that contradicts it and field: what is recorded, and what the source says. A
   contradiction outlives a correction of the event until a correction says what the source said. */
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
  contradiction.field AS field, -- field that the source gives otherwise; NULL when it denies the event as a whole
  CASE contradiction.field WHEN 'effective' THEN event.effective WHEN 'due' THEN step.due ELSE stated.stated END AS recorded, -- what the event says there; NULL when nothing, nothing exact, or nothing that figures use
  shown_claim(contradiction.field, contradiction.claimed) AS claimed, -- what the source says there
  said.titles AS source, -- titles of the sources that say so
  event.position AS position, -- ledger position of the event
  event.type AS type, -- its type
  event.summary AS summary, -- what it says, in a few words
  contradiction.position AS claim_position, -- ledger position of the claim
  contradiction.known_on AS known_on, -- day the claim was public
  said.publishers AS publishers, -- who published those sources
  said.is_state_affiliated AS is_state_affiliated, -- whether all of them are words of the state
  contradiction.target_id <> event.event_id AS is_carried_over -- whether it was made on what the event corrects
FROM contradiction
JOIN event ON event.first_position = contradiction.first_position AND event.position >= contradiction.target_position
LEFT JOIN said ON said.position = contradiction.position
LEFT JOIN project_step AS step ON step.position = event.position
LEFT JOIN _stated_field_at(p_as_of, p_known_at) AS stated
  ON stated.position = event.position AND stated.field = contradiction.field
WHERE event.known_on <= p_known_at AND event.known_to > p_known_at
  AND effective_day(event.effective_earliest, event.effective_latest) <= p_as_of
  AND (contradiction.field IS NULL OR stated.stated IS DISTINCT FROM contradiction.claimed)
