"""RFC 9293's connection state machine, for an observer: it reads words and says which states they lead to.

Nothing here knows numbers, time, addresses or roles. Client and server go through the same table.
"""
