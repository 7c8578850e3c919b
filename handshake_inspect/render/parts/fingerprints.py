"""Fingerprints for formats in which no two may be equal."""

from collections import Counter

from handshake_inspect.report.fingerprint import digest


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
