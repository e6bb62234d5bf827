"""Values: dates, quantities, units, numbers and ids, read exactly from what people write."""
