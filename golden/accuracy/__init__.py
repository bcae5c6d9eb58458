"""How closely the chip's arithmetic follows float32, as figures over a text."""
