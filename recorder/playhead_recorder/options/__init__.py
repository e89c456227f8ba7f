"""What a recorder can be asked for: one table of options, how their texts are read, what they come to."""
