"""The terminal screen. It knows the public API only."""
