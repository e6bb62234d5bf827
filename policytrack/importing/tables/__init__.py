"""Tables: rows of CSV, XLSX or JSON become events, by their header or by a map file."""
