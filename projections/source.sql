/* One row per source that events known at the date name. */
SELECT
  source_key(title, publisher, url) AS source_id, -- the same for the same title, publisher and address
  title, -- title of the document
  publisher, -- who published it
  url, -- where
  min(published_on) AS published_on, -- when, as written
  min(class) AS class, -- regulator, filing, company, state-media, trade-press, aggregator or analyst
  bool_or(is_state_affiliated) AS is_state_affiliated, -- whether it states the position of state media or a state firm
  count(DISTINCT position)::INTEGER AS event_count, -- number of events that name it
  list_sort(list_distinct(list(position))) AS positions -- their ledger positions
FROM event_source
WHERE known_on <= p_known_at
GROUP BY title, publisher, url
