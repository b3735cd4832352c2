"""Text that others wrote - recipes, instruments, files - as it may be shown: what steers a terminal is spelled out."""


def printable(text: str) -> str:
    r"""The text with every control and format character as its escape; a line end stays one.

    An escape sequence in a recipe's name or in an instrument's reply is thus seen, and does nothing.
    """
    return "".join(char if char.isprintable() or char == "\n" else _spelled(char) for char in text)


def _spelled(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
