/* One row per source that an event names. */
WITH decoded AS (
  SELECT position, known_on, known_to, unnest(from_json(data, '{"sources": [{
    "title": "VARCHAR", "publisher": "VARCHAR", "url": "VARCHAR", "published_on": {"edtf": "VARCHAR"},
    "language": "VARCHAR", "class": "VARCHAR", "state_affiliated": "BOOLEAN", "locator": "VARCHAR"}]}').sources) AS s
  FROM batch_event
)
SELECT
  position, -- event that names the source
  known_on, -- day the event was public
  known_to, -- first day on which the event no longer stood
  md5(to_json([s.title, s.publisher, s.url])::VARCHAR) AS source_id, -- the same for the same title, publisher and address
  s.title AS title, -- title of the document
  s.publisher AS publisher, -- who published it
  s.url AS url, -- where
  s.published_on.edtf AS published_on, -- when, as EDTF
  s.language AS language, -- BCP 47
  s.class AS class, -- regulator, filing, company, state-media, trade-press, aggregator or analyst
  coalesce(s.state_affiliated, FALSE) OR s.class = 'state-media' AS is_state_affiliated, -- words of the state, whoever prints them
  s.locator AS locator -- page, paragraph or table
FROM decoded
