/* One row per event known at the date and effective by then. Superseded events are included and marked. */
SELECT
  event.position AS position, -- ledger position
  event.event_id AS event_id, -- id of the event
  event.type AS type, -- wire name of the event type
  event.effective AS effective, -- when it was true in the world, as the source wrote it
  nullif(event.effective_earliest, DATE '0001-01-01') AS effective_earliest, -- first day of that; NULL when open
  event.effective_latest AS effective_latest, -- last day of that, at most known_on
  event.known_on AS known_on, -- day it was public
  event.recorded_at AS recorded_at, -- UTC instant of recording
  event.subjects AS subjects, -- what it is about, as kind:id
  event.summary AS summary, -- its content in a few words
  event.assertion AS assertion, -- confirmed, reported, inferred or rumour
  event.source_count AS source_count, -- number of sources that it names
  CASE WHEN event.known_to <= p_known_at THEN event.superseded_by END AS superseded_by, -- position of the event that corrects or retracts it
  CASE WHEN event.known_to <= p_known_at THEN newer.because END AS because -- why: error or revision
FROM event
LEFT JOIN event AS newer ON newer.position = event.superseded_by
WHERE event.known_on <= p_known_at
  AND effective_day(event.effective_earliest, event.effective_latest) <= p_as_of
  -- Of what a filter of evidence leaves out (--assertion), nothing says that it was superseded.
  AND NOT (event.known_to = DATE '0001-01-01' AND event.superseded_by IS NULL)
