"""Words that begin a sentence, a cell or a label."""


def capital(words: str) -> str:
    """Return words with a capital first letter, the others as they are.

    Examples
    --------
    >>> capital("index lesion, mL"), capital("")
    ('Index lesion, mL', '')
    """
    return words[:1].upper() + words[1:]
