"""Loads torch and transformers once and runs scripts in forks of itself: python_host.py SOCKET.

They take five seconds of the processor to load, and a dozen scripts want them. `python_client.py` sends a script's words, its folder, its
environment and its three streams, and is told the exit code. The host ends with its standard input. One script is run at a time.
"""

import gc
import json
import os
import runpy
import select
import socket
import sys
import warnings


def load() -> None:
    """Only loads: whatever a script sets up is its own."""
    import pyarrow  # noqa: F401
    import safetensors.torch  # noqa: F401
    import torch  # noqa: F401
    import transformers.modeling_utils  # noqa: F401
    from transformers.models.auto import modeling_auto  # noqa: F401
    from transformers.models.llama import modeling_llama  # noqa: F401

    # Forks that count references copy fewer pages.
    gc.collect()
    gc.freeze()


def next_request(listener: socket.socket) -> "dict[str, object]":
    """Returns in a fork for each request; what is left of this process waits for it. Ends with the standard input."""
    while True:
        if sys.stdin in select.select([listener, sys.stdin], [], [])[0]:
            sys.exit(0)
        client, _ = listener.accept()
        _, streams, _, _ = socket.recv_fds(client, 1, 3)
        with client, client.makefile("rb") as words:
            request = json.load(words)
            process = os.fork()
            if process == 0:
                listener.close()
                for number, stream in enumerate(streams):
                    os.dup2(stream, number)
                    os.close(stream)
                return request
            for stream in streams:
                os.close(stream)
            _, ended = os.waitpid(process, 0)
            client.sendall(str(os.waitstatus_to_exitcode(ended)).encode())


def be_script(words: "list[str]", folder: str, environment: "dict[str, str]", is_quiet: bool) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    script = os.path.abspath(words[0])
    sys.argv = [words[0], *words[1:]]
    more = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.path[:1] = [os.path.dirname(script), *more]
    if is_quiet:
        warnings.simplefilter("ignore")
    runpy.run_path(script, run_name="__main__")


listening = socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[1])
listening.listen()
load()
be_script(**next_request(listening))
