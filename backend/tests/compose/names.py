"""A name server for containers, as Docker's is: each is told of those that run in its own networks.

`python names.py FILE ADDRESS…` answers at the addresses; FILE says, as JSON and anew for each
question, who is told what: {"asker's address": {"name": "address"}}.
"""

from __future__ import annotations

import json
import selectors
import socket
import struct
import sys
from pathlib import Path

_HEADER = struct.Struct("!6H")
_ADDRESS_RECORD = 1
_NO_SUCH_NAME = 3


def answer(question: bytes, names: dict[str, str]) -> bytes:
    """The reply to a question of one name, whose only records are IPv4 addresses."""
    identifier, flags, *_ = _HEADER.unpack_from(question)
    labels, place = [], _HEADER.size
    while length := question[place]:
        labels.append(question[place + 1 : place + 1 + length].decode())
        place += 1 + length
    kind = int.from_bytes(question[place + 1 : place + 3], "big")
    address = names.get(".".join(labels).lower())
    found = [address] if address and kind == _ADDRESS_RECORD else []
    # A response, recursion available; and whether there is such a name.
    flags = 0x8180 | flags & 0x0100 | (0 if address else _NO_SUCH_NAME)
    # The name is a pointer to that in the question; class IN; nothing is kept.
    records = [
        struct.pack("!HHHIH", 0xC00C, _ADDRESS_RECORD, 1, 0, 4) + socket.inet_aton(one) for one in found
    ]
    head = _HEADER.pack(identifier, flags, 1, len(records), 0, 0)
    return head + question[_HEADER.size : place + 5] + b"".join(records)


def main() -> None:
    file, *addresses = sys.argv[1:]
    waiting = selectors.DefaultSelector()
    for address in addresses:
        listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        listening.bind((address, 53))
        waiting.register(listening, selectors.EVENT_READ, listening)
    print(flush=True)
    while True:
        for key, _ in waiting.select():
            question, asker = key.data.recvfrom(512)
            key.data.sendto(answer(question, json.loads(Path(file).read_text()).get(asker[0], {})), asker)


if __name__ == "__main__":
    main()
