"""Real server processes and a plain-spoken meter, for the tests that use real sockets."""
