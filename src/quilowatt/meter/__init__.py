"""The smart meter: register, household, outbox, session, console, fleet and replay."""
