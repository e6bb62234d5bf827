/* The positions after `after` of events that match a query: a JSON list of items, each with `types` and `tags`. An event
   matches an item if it has one of its types (or the item has none) and all of its tags. An item with neither matches
   every event. The settings keep the plan from the tags to the events, whatever the planner guesses about the JSON; its
   guesses also make it compile the query, which takes 20 times as long as the query. */
CREATE FUNCTION policytrack.matching(items jsonb, after bigint) RETURNS SETOF bigint
LANGUAGE sql STABLE ROWS 20 SET jit = off SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
  SELECT tagged.position
  FROM jsonb_array_elements(items) AS item
  JOIN policytrack.dcb_tags AS tagged ON tagged.tag = item -> 'tags' ->> 0 AND tagged.position > after
  WHERE (
      jsonb_array_length(item -> 'types') = 0
      OR EXISTS (
        SELECT FROM policytrack.dcb_events AS event
        WHERE event.position = tagged.position AND item -> 'types' ? event.type
      )
    )
    AND NOT EXISTS (
      SELECT FROM jsonb_array_elements_text(item -> 'tags') AS wanted (tag)
      WHERE NOT EXISTS (
        SELECT FROM policytrack.dcb_tags AS other WHERE other.tag = wanted.tag AND other.position = tagged.position
      )
    )
  UNION
  SELECT event.position
  FROM jsonb_array_elements(items) AS item
  CROSS JOIN jsonb_array_elements_text(item -> 'types') AS wanted (type)
  JOIN policytrack.dcb_events AS event ON event.type = wanted.type AND event.position > after
  WHERE jsonb_array_length(item -> 'tags') = 0
  UNION
  SELECT event.position
  FROM policytrack.dcb_events AS event
  WHERE event.position > after
    AND EXISTS (
      SELECT FROM jsonb_array_elements(items) AS item
      WHERE jsonb_array_length(item -> 'types') = 0 AND jsonb_array_length(item -> 'tags') = 0
    )
$$;
