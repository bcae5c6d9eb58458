"""Float weights to codes: ways that differ in what they know of the weights and of the text."""
