"""The meter protocol without I/O: bytes to messages and columns, and back."""
