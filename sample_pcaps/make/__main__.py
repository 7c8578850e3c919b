"""Make the samples again: all of them, or those named."""

import sys
from concurrent.futures import ThreadPoolExecutor

from sample_pcaps.make import closings, numbers, openings, recordings
from sample_pcaps.make.sample import FOLDER, RECORDED, Sample, compiled, readme

RECORDERS = (closings, numbers, openings, recordings)

AT_ONCE = 4
"enough that the long silences overlap, few enough that no recording waits for a processor"


def every() -> list[Sample]:
    """All samples, recorded and compiled."""
    return [*RECORDED, *compiled()]


def main(names: list[str]) -> int:
    """Make the named samples, or all, and the table of all; the exit code."""
    samples = every()
    unknown = set(names) - {each.name for each in samples}
    if unknown:
        print(f"{', '.join(sorted(unknown))}: no such sample", file=sys.stderr)
        return 2
    wanted = [each for each in samples if not names or each.name in names]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for each, content in zip(wanted, pool.map(lambda one: one.make(), wanted), strict=True):
            (FOLDER / each.file).write_bytes(content)
    (FOLDER / "README.md").write_text(readme(samples))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
