"""Puts Askdocs into a docs folder: finds out what it is, and what has to be written where."""
