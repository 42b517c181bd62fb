"""A stand-in for Telegram, Facebook and Zalo that knows nothing of Loa and nothing of Loa's sandbox.

It was written from the platforms' documents alone. It answers as they do and keeps a list of every rule that
a caller broke; a caller that keeps to the rules leaves that list empty.
"""
