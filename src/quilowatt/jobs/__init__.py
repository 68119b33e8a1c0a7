"""Work in the background: read, compute purely, write."""
