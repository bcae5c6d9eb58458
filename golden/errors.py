"""The one exception that users see."""


class RomaError(Exception):
    """A user's mistake, told in one sentence that names the value and the remedy."""
