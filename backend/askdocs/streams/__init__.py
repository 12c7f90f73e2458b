"""Streams that outlive their readers' connections, so that a reader can come back to them."""
