"""Starting and stopping child processes so that none outlives the launcher."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from pwd import struct_passwd

PR_SET_PDEATHSIG = 1


def alive(pid: int) -> bool:
    """Whether a process still works; a zombie waiting to be reaped does not."""
    try:
        # The name in brackets may hold spaces and brackets, so the state comes after the last one.
        state = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        if sys.platform == "linux":
            return False
    except (OSError, IndexError):
        return False
    else:
        return state not in "ZX"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def die_with_parent(death_signal: int = signal.SIGTERM) -> Callable[[], None] | None:
    """What a child does before exec: ask the kernel for a signal when the launcher dies, even by kill -9."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def prepare() -> None:
        prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:  # The launcher died before the kernel was asked.
            os._exit(1)

    return prepare


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    death_signal: int = signal.SIGTERM,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    account: struct_passwd | None = None,
) -> "subprocess.Popen[bytes]":
    """Start a child in a session of its own (a Ctrl-C reaches the launcher only, which stops in order).

    Call it from the main thread: the kernel ties the death signal to the thread that forks. The signal is
    set after the change of user, since a change of credentials would clear it.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            cwd=cwd,
            start_new_session=True,
            user=None if account is None else account.pw_uid,
            group=None if account is None else account.pw_gid,
            extra_groups=None if account is None else [],
            preexec_fn=die_with_parent(death_signal),
        )


def run_as(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    account: struct_passwd | None = None,
    stdin: str = "",
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end, as the servers' account if one is given, and keep what it said."""
    return subprocess.run(
        [str(part) for part in command],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env=None if env is None else dict(env),
        cwd="/",
        user=None if account is None else account.pw_uid,
        group=None if account is None else account.pw_gid,
        extra_groups=None if account is None else [],
    )


def stop(process: "subprocess.Popen[bytes]", *, first: int | None = signal.SIGTERM, grace: float = 10.0) -> None:
    """Ask a child to end, wait `grace` seconds, then kill -9 what is left of its session; always reap it.

    `first` is None when it has been asked already.
    """
    if process.returncode is None:
        if first is not None and not has_ended(process):
            process.send_signal(first)
        wait_until(lambda: has_ended(process), seconds=grace)
        kill_session(process)
    process.wait()


def has_ended(process: "subprocess.Popen[bytes]") -> bool:
    """Whether a child has ended. Unlike poll() this does not reap it: until then its number is taken, and a signal to
    what it left behind in its session can reach nobody else."""
    if process.returncode is not None:
        return True
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def kill_session(process: "subprocess.Popen[bytes]") -> None:
    """Kill -9 a child and everything in the session it leads."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()


def wait_until(ready: Callable[[], bool], *, seconds: float, pause: float = 0.03) -> bool:
    """Ask until it is so, at most `seconds`."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True
