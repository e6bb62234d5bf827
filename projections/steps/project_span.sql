/* One row per state of a project: from which day to which in the world, and in our knowledge. The state as of a day V, known
   at a day K, is the row with effective_from <= V < effective_to and known_from <= K < known_to, and dates <> 'earliest'.
   The positions name the events that state the details. */
SELECT
  project_id, -- id of the project
  dates, -- both, or latest or earliest where a vague date counts by its last or first day; filter on one of these, and both
  happened_day(v_from) AS effective_from, -- first day of the state in the world
  happened_day(v_to) AS effective_to, -- first day on which it had changed; 9999-12-31 when it never did
  known_day(k_from) AS known_from, -- first day on which the state was known
  known_day(k_to) AS known_to, -- first day on which another state was known; 9999-12-31 while it is current
  status, -- announced, approved, construction, built, trial, completed, suspended, cancelled or built_not_commissioned
  as_capacity(planned) AS planned, -- latest stated; NULL when unknown
  as_capacity(completed) AS completed, -- commissioned
  as_capacity(remaining) AS remaining, -- remaining capacity; NULL when unknown
  is_pending, -- whether capacity remains to be built
  plan_position, -- the event that states the plan
  products_position, -- the event that states the products
  investment_position, -- the event that states the investment
  first_approved_position, -- the first approval
  approved_position, -- the last approval, which states the replacement
  authority_position, -- the event that names the authority
  first_due_position, -- the event with the first due date
  due_position, -- the event with the latest one
  is_completed_exact -- whether every completion states an exact capacity
FROM project_state
JOIN step_dates USING (number)
WHERE happened_day(v_from) < happened_day(v_to) AND known_day(k_from) < known_day(k_to)
ORDER BY project_id
