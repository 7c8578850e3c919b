"""One finding per cause: where a special rule speaks of a connection, the general ones stay silent."""

EXPLAINS: dict[str, tuple[str, ...]] = {
    # The whole story of an old SYN tells each of its steps.
    "SYN013": ("SYN001", "SYN009", "SYN012", "SYN016", "ACK001", "ACK004", "ACK007"),
    "ACK004": ("SYN001", "SYN012", "SYN016", "ACK001"),
    "ACK005": ("SYN001", "SYN012", "ACK001"),
    "ACK007": ("SYN001", "SYN003", "SYN009", "SYN012", "SYN016", "ACK004"),
    # A retried SYN makes the server answer twice: one lost segment, one finding.
    "SYN001": ("SYN004", "SYN017"),
    # A try that was repeated because of its answer.
    "SYN007": ("SYN001",),
    "SYN008": ("SYN001",),
    "SYN009": ("SYN001", "SYN016"),
    # Whoever answers as if it had been called does not complete what it began.
    "SYN024": ("SYN003", "SYN010", "ACK001"),
    # A repetition that went through because it left something out.
    "SYN023": ("SYN001",),
    # Whoever begins anew with another number neither repeats nor completes what it began.
    "SYN012": ("SYN001", "SYN003"),
    "SYN005": ("SYN004",),
    "SYN006": ("SYN004", "SYN017", "FIN012"),
    "SYN014": ("SYN012",),
    "SYN020": ("RST004", "RST013"),
    # What is made by hand is neither refused nor left without an answer.
    "SYN021": ("SYN002", "SYN007", "SYN008", "SYN016", "FIN011", "RST004", "RST012", "RST013"),
    "RST012": ("SYN001", "RST007"),
    # Wrong numbers in the handshake, and the resets and repetitions they cause.
    "SYN010": ("SYN004", "SYN005", "RST004", "ACK006"),
    "SYN011": ("SYN010", "SYN016", "ACK001", "RST001", "RST003", "RST004"),
    # A repeated FIN whose repetition is explained.
    "FIN002": ("FIN001", "FIN009", "FIN014"),
    "FIN004": ("FIN001",),
    # Who no longer knows the connection has not aborted it.
    "RST003": ("RST001", "RST002"),
    # A RST that its receiver need not believe, and one that another box sent: neither is an end's doing.
    "RST006": ("RST001", "RST007", "RST008"),
    "RST007": ("SYN007", "RST001", "RST002", "RST004", "RST009"),
    # The last segment of an old connection, and the RST it provoked.
    "RST011": ("RST002", "FIN004"),
    # What was answered was not believed.
    "ACK003": ("ACK006",),
    # A refusal from TIME-WAIT looks like any challenge, and makes the client try again. An old SYN is none.
    "FIN010": (
        *("SYN001", "SYN003", "SYN010", "SYN012", "SYN016"),
        *("ACK001", "ACK004", "ACK005", "RST004", "RST011"),
    ),
    # Options that something changed on the way: the worst of them speaks for all.
    "OPT008": ("OPT001", "OPT002", "OPT003", "OPT005", "OPT007"),
    "OPT003": ("OPT001", "OPT005", "OPT007"),
    "OPT005": ("OPT001", "OPT007"),
    "OPT007": ("OPT001",),
    # A SYN that got through because it left something out, and one that met no common key.
    "OPT009": ("SYN001",),
    "OPT013": ("SYN001", "SYN003", "SYN004", "SYN016", "RST004"),
    "SYN019": ("OPT012",),
    # What follows so long a wait is its consequence.
    "FIN003": ("FIN001", "RST002", "FIN008", "FIN009"),
    # A close that is told by what hindered it.
    "FIN006": ("FIN002", "FIN013", "FIN014"),
    "FIN008": ("FIN009",),
    "FIN011": ("RST003",),
    "FIN014": ("FIN013",),
    "RST002": ("FIN008",),
    # A port used again early is legal where its number has grown; where not, that is the cause.
    "ISN006": ("FIN010",),
    # What the capture lost, nobody failed to send.
    "CAP005": ("ACK006", "FIN006", "FIN009"),
    # What many connections say together is one cause, not one for each. It is said where that rule is asked,
    # and is at least as severe as what it silences, so that more of one fault never passes where one fails.
    "HOST001": ("SYN002", "SYN003", "SYN011"),
    "HOST002": (
        *("SYN002", "SYN003", "SYN007", "SYN008", "SYN016", "SYN021"),
        *("RST001", "RST002", "RST003", "RST004", "RST013", "FIN011"),
    ),
    "HOST003": ("SYN007",),
    "HOST004": ("SYN005",),
    "HOST005": ("SYN020", "RST013"),
    "HOST006": ("SYN002",),
    "HOST007": ("RST007",),
}
"code → the codes it silences on the same connection"

OF_ITSELF = frozenset({"SYN022"})
"the only rules that are asked about a connection of an end with itself: the others know two ends"
