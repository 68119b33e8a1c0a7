"""The typed client of the REST API; the screens use nothing else."""
