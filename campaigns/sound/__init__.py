"""Sound of the contents: recordings taken in, texts read by a machine, programmes for stations and posts."""
