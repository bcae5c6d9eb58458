"""``make profile``: every cycle of a layer, and what waits for what."""
