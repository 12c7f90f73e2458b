"""What operators see: logs, metrics, and what we do without for a while."""
