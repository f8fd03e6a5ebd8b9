"""Text that can be written down: what both sides of the sandbox need, and processes that must not load torch for it."""


def writable(text: str) -> str:
    """Return a text with lone surrogates replaced, so that it can be written as UTF-8."""
    return text if text.isascii() else text.encode(errors="replace").decode()
