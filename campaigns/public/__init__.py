"""What readers reach without a login: pages, feeds, tracked links, calendar files."""
