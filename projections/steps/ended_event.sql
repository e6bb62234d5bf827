/* One row per superseded event: the moment at which that became known. */
SELECT position, known_moment(known_to) AS k_to
FROM event
WHERE superseded_by IS NOT NULL
