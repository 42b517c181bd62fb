"""Texts out to translators without an account and back: nothing is lost on the way, nothing invented."""
