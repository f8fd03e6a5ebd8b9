"""How large a message may be, and what is kept of a value."""

MAX_TREE = 4 << 20  # bytes of JSON
MAX_TENSORS = 64 << 20  # bytes of tensors
MAX_VALUES = MAX_TREE // 2  # none takes less than two bytes of JSON
MAX_DEPTH = 20
MAX_AXES = 32  # of a tensor
MAX_STRING = 4000  # characters kept of a string
MAX_OTHER_KEYS = 256  # of a dictionary, that are no text


def pieces(text: str) -> list[str]:
    """Return a text in strings that are kept whole."""
    return [text[start : start + MAX_STRING] for start in range(0, len(text), MAX_STRING)]
