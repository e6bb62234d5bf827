"""Values: dates, quantities, units, numbers and ids, parsed exactly from text."""
