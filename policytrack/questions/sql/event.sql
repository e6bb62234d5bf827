/* One row: an event by ledger position or event id. */
SELECT *
FROM event_log
WHERE position = $position::BIGINT OR event_id = try_cast($event_id::VARCHAR AS UUID)
