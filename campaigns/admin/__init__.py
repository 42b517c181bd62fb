"""The staff's screens on plans, content, channels and the outbox, inside Wagtail's admin."""
