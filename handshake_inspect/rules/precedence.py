"""One finding per cause: where a special rule speaks of a connection, the general ones stay silent."""

EXPLAINS: dict[str, tuple[str, ...]] = {
    # The whole story of an old SYN tells each of its steps.
    "SYN013": ("SYN001", "SYN009", "SYN012", "SYN016", "ACK001", "ACK004"),
    "ACK004": ("SYN001", "SYN012", "SYN016", "ACK001"),
    # A retried SYN makes the server answer twice: one lost segment, one finding.
    "SYN001": ("SYN004", "SYN017"),
    # A try that was repeated because of its answer.
    "SYN007": ("SYN001",),
    "SYN008": ("SYN001",),
    "SYN009": ("SYN001",),
    # Whoever begins anew with another number neither repeats nor completes what it began.
    "SYN012": ("SYN001", "SYN003"),
    "SYN005": ("SYN004",),
    "SYN006": ("SYN004", "SYN017"),
    "SYN014": ("SYN012",),
    # A repeated FIN whose repetition is explained.
    "FIN002": ("FIN001",),
    "FIN004": ("FIN001",),
    # Who no longer knows the connection has not aborted it.
    "RST003": ("RST001", "RST002"),
    # What follows a wait of a minute is its consequence.
    "FIN003": ("FIN001", "RST002"),
}
"code → the codes it silences on the same connection"
