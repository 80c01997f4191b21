"""The laboratory of the file watch: loop mounts, a corpus, attacks, ordinary work, rivals, and the report."""
