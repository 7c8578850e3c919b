"""What is freed is used again, where the C library lets us say so."""

import platform
import subprocess
import sys

import pytest

ASK_TWICE = """
import resource
{first}
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    del [b"x" * 30_000_000][:]
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()
print(faults())
"""


def faults_of_the_second(first: str) -> int:
    ran = subprocess.run(
        [sys.executable, "-c", ASK_TWICE.format(first=first)], capture_output=True, text=True, check=True
    )
    return int(ran.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no such parameters")
def test_freed_memory_is_used_again() -> None:
    """Of 30 MB that are asked for twice no page comes twice, as it does without."""
    share = "from handshake_inspect.cli import heap; heap.share(); heap.share()"
    assert faults_of_the_second("") > 1000 > 100 > faults_of_the_second(share)
