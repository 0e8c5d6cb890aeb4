"""From answers and profiles to tables: what is counted, planned, protected, and in which words."""
