"""Short-lived copies: of results, in memory or in Redis; of what the database holds, in this process."""
