"""A report to show to others: one HTML file that carries all it needs and fetches nothing."""
