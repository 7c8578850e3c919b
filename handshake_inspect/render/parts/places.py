"""Under which path and URI a capture is found.

It knows paths and URIs, and nothing of what stands in a capture.
"""

import os

STANDARD_INPUT = "standard-input"
"What formats that must name a file call the capture that came through a pipe."


def relative(path: str) -> str:
    """A path from the working folder, with slashes and without `./`; absolute where it lies elsewhere."""
    if path == "-":
        return STANDARD_INPUT
    if os.path.isabs(path):
        below = os.path.relpath(path)
        path = path if below.startswith(os.pardir) else below
    return os.path.normpath(path).replace(os.sep, "/")


def uri(path: str) -> str:
    """The same as a URI reference (RFC 3986 §4.1), absolute with the scheme `file` where the path is."""
    # Late: most formats name no URI.
    from urllib.parse import quote

    posix = relative(path)
    text = quote(os.fsencode(posix), safe="/")
    return f"file://{'' if text.startswith('/') else '/'}{text}" if os.path.isabs(posix) else text
