/* One row per exchange rate stated by the date. */
SELECT
  currency, -- ISO 4217: one unit of it …
  in_currency, -- … is so many units of this one
  rate, -- units of in_currency for one unit of currency
  effective_day(effective_earliest, effective_latest) AS since, -- day of the rate; used until the day of the next
  position -- event that states it
FROM exchange_rate_statement
WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
  AND known_on <= p_known_at AND known_to > p_known_at
QUALIFY row_number() OVER (
  PARTITION BY currency, in_currency, since ORDER BY order_known_on DESC, order_position DESC
) = 1
