"""What a person is told in one line."""


class BadInputError(ValueError):
    """What was asked for cannot be; the text says in one line what can."""
