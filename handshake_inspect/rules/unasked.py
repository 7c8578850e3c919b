"""Which SYN-ACKs nobody asked for, as far as a recording can show that.

It knows columns, not stories. Its one idea: a direction that carries other segments of a host would have
carried its SYN too, so a host that is heard elsewhere has not called here.
"""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.flow.connections import Connections

BEGUN_NS = 1_000_000_000
"A SYN-ACK so soon after the recording began may answer a SYN from before; a stack repeats its SYN after 1 s."


def unanswered_answers(all_: Connections) -> Array:
    """For each connection whether there is nothing in it but SYN-ACKs to a host that is heard elsewhere.

    Those at the very beginning of the recording are left out.
    """
    facts = all_.facts
    alone: Array = (facts.client_segments == 0) & (facts.server_syn_acks > 0)
    alone &= facts.server_syn_acks == facts.server_segments
    if not alone.any():
        return alone
    begun = facts.first_time_ns.min() + BEGUN_NS
    result: Array = alone & (facts.first_time_ns >= begun) & _heard(all_)
    return result


def _heard(all_: Connections) -> Array:
    """For each connection whether its client's host sent anything at all in the recording."""
    lives, facts = all_.lives, all_.facts
    host = _hosts(all_)
    client, server = host[lives.client, lives.flow], host[1 - lives.client, lives.flow]
    spoke = np.zeros(int(host.max(initial=0)) + 1, bool)
    spoke[client[facts.client_segments > 0]] = True
    spoke[server[facts.server_segments > 0]] = True
    heard: Array = spoke[client]
    return heard


def _hosts(all_: Connections) -> Array:
    """A number for each address: one row for side 0 of each flow, one for side 1."""
    ends = all_.ends
    version = np.concatenate([ends.version, ends.version])
    high = np.concatenate([ends.source_high, ends.target_high])
    low = np.concatenate([ends.source_low, ends.target_low])
    order = np.lexsort((low, high, version))
    new = np.zeros(len(order), np.int64)
    for column in (version, high, low):
        new[1:] |= column[order][1:] != column[order][:-1]
    number = np.empty(len(order), np.int64)
    number[order] = np.cumsum(new)
    return number.reshape(2, -1)
