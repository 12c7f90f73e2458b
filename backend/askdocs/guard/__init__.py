"""What keeps a public page from being a free model: quotas, reader sessions and the work they may cost."""
