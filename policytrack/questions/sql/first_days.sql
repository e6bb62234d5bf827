/* One row: the first days on which events of the ledger were true and were public, for the ends of sliders. Days of another
   century than the events are left out: they say when a works was founded. */
SELECT
  min(effective_latest) FILTER (WHERE effective_latest >= DATE '1900-01-01') AS first_as_of,
  min(known_on) AS first_known_at
FROM event
