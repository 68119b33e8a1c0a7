"""Where meters call: TCP, TLS and UDP, sessions, and the group commit."""
