"""What a campaign has in which language, who owes what is missing, and the words that remind them."""
