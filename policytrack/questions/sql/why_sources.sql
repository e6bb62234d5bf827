/* One row per event that names a source: its sources, as the leaves of an explanation cite them. */
SELECT
  position, -- ledger position of the event
  list({
    'title': title, 'publisher': publisher, 'published_on': published_on, 'url': url, 'locator': locator,
    'quote': quote, 'archived_url': archived_url, 'class': class
  } ORDER BY title, publisher, url) AS citations -- title, publisher, day, address, page, quotation, copy and class of each
FROM event_source
WHERE position IN (SELECT unnest($positions::BIGINT[]))
GROUP BY position
