"""Has a script run by the host: python_client.py SOCKET PYTHON [-W ignore] SCRIPT [WORD...].

What the host cannot do as a new Python would is left to PYTHON: code on the command line, and scripts with a folder of their own for
what Hugging Face's packages keep, whose name was read when the host loaded them. So is everything once the host is not there.
"""

import json
import os
import socket
import sys

path, python, *words = sys.argv[1:]
is_quiet = words[:2] == ["-W", "ignore"]
rest = words[2:] if is_quiet else words
host = socket.socket(socket.AF_UNIX)
try:
    if rest[0].startswith("-") or "HF_HOME" in os.environ:
        raise ConnectionError
    host.connect(path)
except OSError:
    os.execv(python, [python, *words])
socket.send_fds(host, [b"."], [0, 1, 2])
request = {"words": rest, "folder": os.getcwd(), "environment": dict(os.environ), "is_quiet": is_quiet}
host.sendall(json.dumps(request).encode())
host.shutdown(socket.SHUT_WR)
told = host.recv(16)
code = int(told) if told else 1
if not told:
    print(f"python_client.py: the host ended before {rest[0]} did", file=sys.stderr)
sys.exit(code if code >= 0 else 128 - code)
