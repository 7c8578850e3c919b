"""Fingerprints for formats in which no two may be equal."""

import hashlib
from collections import Counter


class Fingerprints:
    """Those that were used."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def unique(self, fingerprint: str) -> str:
        """The fingerprint, or one made of it and of how often it was used before.

        Two captures of one name in different folders may give equal ones.
        """
        self._seen[fingerprint] += 1
        times = self._seen[fingerprint]
        return fingerprint if times == 1 else digest(fingerprint, f"again {times}")


def digest(*parts: str) -> str:
    """The fingerprint of what has none of its own."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
