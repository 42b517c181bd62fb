"""Files that staff bring along: schedules of many messages."""
