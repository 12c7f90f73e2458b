"""Gemini: embeddings through Google's SDK, answers streamed over the same connections."""
