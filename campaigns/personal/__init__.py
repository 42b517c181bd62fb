"""Pages for people without an account, opened by a signed personal link on a weak phone."""
