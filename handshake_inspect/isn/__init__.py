"""How predictable the initial sequence numbers of a host are.

It knows numbers, times and ports of openings, and what a guess costs; it does not know captures, findings, or
how a verdict is shown. The idea: bet against randomness, and count what was won.
"""
