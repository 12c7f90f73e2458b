"""Who may do what: keys and people, and what they did."""
