"""Options for which one of a few words stands, and the words.

They are the same on the command line and in a configuration file. What the words do is known elsewhere.
"""

from handshake_inspect.finding import Confidence, Severity

NEVER = "never"
"Nothing is severe enough."

SEVERITIES = Severity.words()
CONFIDENCES = Confidence.words()
FAIL_ON = (*SEVERITIES, NEVER)
CONNECTIONS = ("all", "flagged", "none")
"Which connections a report lists."
