/* One row per claim, and field in which it differs, that names an event. */
SELECT
  'e' || claim.position AS claim,
  claim.stance,
  claim.field,
  shown_claim(claim.field, claim.claimed) AS claimed,
  string_agg(source.title, '; ' ORDER BY source.title) AS title,
  string_agg(source.publisher, '; ' ORDER BY source.title) AS publisher,
  bool_and(source.is_state_affiliated) AS is_state_affiliated,
  claim.known_on
FROM claim JOIN event_source AS source ON source.position = claim.position
WHERE claim.target_id = $event_id::UUID AND claim.known_on <= known_at() AND claim.known_to > known_at()
GROUP BY claim.position, claim.stance, claim.field, claim.claimed, claim.known_on
ORDER BY claim.position, claim.field
