"""Keeps a download from this machine and its private network.

An address comes from anybody, and a server may redirect to wherever it likes; what a router or a metadata
service inside the network answers must not end up in an article. Names are resolved once, by the code that
then connects to what they resolved to, so the guard stands there: a name that resolves to nothing public does
not resolve, whichever redirect or playlist it came from.
"""

from __future__ import annotations

__all__ = ["AddressGuard", "is_public"]

import contextlib
import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether a numeric IP address is on the public internet.

    >>> [is_public(a) for a in ("93.184.216.34", "127.0.0.1", "10.1.2.3", "169.254.169.254", "::1")]
    [True, False, False, False, False]
    >>> is_public("::ffff:192.168.0.1"), is_public("64:ff9b::7f00:1")  # IPv4 in disguise
    (False, False)
    """
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        embedded = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            embedded = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if embedded is not None:
            ip = embedded
    return ip.is_global and not ip.is_multicast


class AddressGuard:
    """While `watching`, host names resolve to public addresses only."""

    def __init__(self, trusted: frozenset[str] = frozenset()) -> None:
        """`trusted`: hosts let through whatever they resolve to (the proxies that the user configured)."""
        self.trusted = trusted
        self.refused: list[str] = []
        """Hosts that resolved to nothing public, in the order met."""

    @contextlib.contextmanager
    def watching(self) -> Iterator[AddressGuard]:
        """Put the guard before `socket.getaddrinfo`, through which every connection of this process goes."""
        resolve = socket.getaddrinfo

        def guarded(host: Any, *args: Any, **named: Any) -> list[Any]:
            found = resolve(host, *args, **named)
            name = host.decode() if isinstance(host, bytes) else str(host)
            if name.lower() in self.trusted:
                return found
            public = [entry for entry in found if is_public(str(entry[4][0]))]
            if not public:
                self.refused.append(name)
                raise socket.gaierror(socket.EAI_FAIL, f"{name} is not on the public internet")
            return public

        socket.getaddrinfo = guarded
        try:
            yield self
        finally:
            socket.getaddrinfo = resolve
