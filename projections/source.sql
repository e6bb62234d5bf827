/* One row per source that events known at the date name. */
SELECT
  source_id, -- the same for the same title, publisher and address
  first(title) AS title, -- title of the document
  first(publisher) AS publisher, -- who published it
  first(url) AS url, -- where
  min(published_on) AS published_on, -- when, as EDTF
  min(class) AS class, -- regulator, filing, company, state-media, trade-press, aggregator or analyst
  bool_or(is_state_affiliated) AS is_state_affiliated, -- words of the state, whoever prints them
  count(DISTINCT position)::INTEGER AS event_count, -- number of events that name it
  list_sort(list_distinct(list(position))) AS positions -- their ledger positions
FROM event_source
WHERE known_on <= p_known_at
GROUP BY source_id
