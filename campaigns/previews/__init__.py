"""What readers will see: each channel's form of a text, made by the very functions that send it."""
