/* One row: the earliest day on which an event after a position was public; NULL if there is none. */
SELECT min(known_on) AS first FROM event_log WHERE position > $after::BIGINT
