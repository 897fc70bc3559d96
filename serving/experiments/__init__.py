"""A/B experiments over version labels: assignment of users, and the report."""
