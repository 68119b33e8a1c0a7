"""A second rating, slow and plain, and random tariffs to hold the fast one against it.

It is written from the pages `docs/tariffs.md` and `docs/billing.md` and shares no code with
`quilowatt.billing`. `python -m reference` in `tests/` compares as many cases as you like.
"""
