"""What embeds and what writes answers."""
