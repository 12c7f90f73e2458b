"""The SQL database: sites, revisions, documents, chat sessions, feedback, cached embeddings."""
