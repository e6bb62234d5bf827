/* One row per event and source that it names, of all events of the record: retracted and superseded ones as well. */
SELECT
  event_source.position AS position, -- ledger position of the event that names the source
  event.event_id AS event_id, -- id of that event
  source_key(event_source.title, event_source.publisher, event_source.url) AS source_id, -- the same for the same title, publisher and address
  event_source.title AS title, -- title of the document
  event_source.publisher AS publisher, -- who published it
  event_source.url AS url, -- where
  event_source.published_on AS published_on, -- when, as written
  event_source.language AS language, -- BCP 47
  event_source.class AS class, -- regulator, filing, company, state-media, trade-press, aggregator or analyst
  event_source.is_state_affiliated AS is_state_affiliated, -- words of the state, whoever prints them
  event_source.locator AS locator -- page, paragraph or table
FROM event_source
JOIN event ON event.position = event_source.position
ORDER BY ALL
