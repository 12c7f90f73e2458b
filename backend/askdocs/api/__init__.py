"""The HTTP API. FastAPI stays inside this package."""
