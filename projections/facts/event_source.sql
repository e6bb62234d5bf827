/* One row per source that an event names. */
WITH
decoded AS (
  SELECT position, known_to, from_json(data, '{"known_on": "DATE", "sources": [{
    "title": "VARCHAR", "publisher": "VARCHAR", "url": "VARCHAR", "published_on": {"edtf": "VARCHAR", "written": "VARCHAR"},
    "language": "VARCHAR", "class": "VARCHAR", "state_affiliated": "BOOLEAN", "locator": "VARCHAR",
    "quote": "VARCHAR", "archived_url": "VARCHAR"}]}') AS e
  FROM batch_event
),
each AS (
  SELECT position, known_to, e.known_on AS known_on, unnest(e.sources) AS s
  FROM decoded
)
SELECT
  position, -- event that names the source
  known_on, -- day the event was public
  known_to, -- first day on which the event no longer stood
  s.title AS title, -- title of the document
  s.publisher AS publisher, -- who published it
  s.url AS url, -- where
  shown_date(s.published_on) AS published_on, -- when, as written
  s.language AS language, -- BCP 47
  s.class AS class, -- regulator, filing, company, state-media, trade-press, aggregator or analyst
  coalesce(s.state_affiliated, FALSE) OR s.class = 'state-media' AS is_state_affiliated, -- whether it states the position of state media or a state firm
  s.locator AS locator, -- page, paragraph or table
  s.quote AS quote, -- quotation that states the fact
  s.archived_url AS archived_url -- address of an archived copy
FROM each
