/* One row per rule that binds on the date: made, in force, not over, not repealed, not suspended. */
SELECT
  rule_id, -- id of the rule
  title, -- of the instrument
  kind, -- replacement_ratio, moratorium, no_split, quota_regime, export_control or other
  jurisdiction, -- country, region or EU
  unnest(CASE WHEN len(activities) = 0 THEN [NULL] ELSE activities END) AS activity_id, -- one that it governs; NULL when it names none
  ratio_min::DECIMAL(12, 6) AS ratio_min, -- least retired : built; NULL for another kind of rule
  nullif(rule.in_force_from, DATE '0001-01-01') AS in_force_from, -- first day; NULL when nobody says how early
  in_force_to, -- last day; NULL when open
  document_no, -- its number
  authority, -- who made it
  regions, -- regions and lists of regions that it names
  outside_regions, -- whether it stands everywhere in the jurisdiction but there
  exceptions, -- cases that need less, with what they need
  list_max(list_filter(list_transform(suspensions, lambda one: one.until), lambda ended: ended < p_as_of)) AS suspended_until, -- last day of its last suspension, which has lapsed; NULL when there was none
  position -- event that made it
FROM _rule_at(p_as_of, p_known_at) AS rule
WHERE rule_stands(p_as_of, rule.in_force_from, in_force_to, suspensions)
