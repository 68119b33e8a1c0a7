"""The REST API and its event stream."""
