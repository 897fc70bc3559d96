"""Self-contained HTML reports: their base template, macros and stylesheet."""
