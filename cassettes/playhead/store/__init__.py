"""Cassettes as files: reading, indexing, writing. The only place where the core touches a disk."""
