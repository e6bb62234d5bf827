/* One row per source that an event names. */
SELECT title, publisher, url, published_on, class, is_state_affiliated, locator, quote, archived_url
FROM event_source
WHERE position = $position::BIGINT
ORDER BY title
