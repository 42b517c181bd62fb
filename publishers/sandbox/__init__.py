"""Rehearsal platforms: a local server that behaves like Telegram, Facebook and Zalo, and sends nothing.

Nothing in this package imports Django, so the server also runs alone: ``python -m publishers.sandbox``.
"""
