/* The facilities with the largest capacity in t/yr. */
SELECT facility_id, operating FROM large_facility ORDER BY operating DESC LIMIT $most::INT
