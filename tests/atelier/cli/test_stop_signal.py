"""Signals that stop a server, in a process of their own."""

import subprocess
import sys
import textwrap

import pytest


def run(script: str) -> subprocess.CompletedProcess[str]:
    """Runs a script that must end by itself."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_that_another_thread_receives_ends_the_wait(name: str) -> None:
    result = run(f"""
        import signal, threading, time
        from atelier.cli.stop_signal import StopSignal

        stop = StopSignal()
        def send():
            time.sleep(0.2)  # Until the main thread waits.
            signal.pthread_kill(threading.get_ident(), signal.{name})
            time.sleep(60)
        threading.Thread(target=send, daemon=True).start()
        stop.wait()
        print("stopped")
    """)
    assert (result.stdout, result.stderr) == ("stopped\n", "")


def test_a_signal_before_the_wait_counts() -> None:
    result = run("""
        import signal
        from atelier.cli.stop_signal import StopSignal

        stop = StopSignal()
        signal.raise_signal(signal.SIGTERM)
        stop.wait()
        print("stopped")
    """)
    assert (result.stdout, result.stderr) == ("stopped\n", "")


def test_other_signals_do_not_end_the_wait() -> None:
    result = run("""
        import os, signal, threading, time
        from atelier.cli.stop_signal import StopSignal

        seen = []
        signal.signal(signal.SIGUSR1, lambda *_: seen.append("other"))
        signal.signal(signal.SIGALRM, lambda *_: seen.append("alarm"))
        stop = StopSignal()
        signal.raise_signal(signal.SIGUSR1)
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM)).start()
        started = time.monotonic()
        stop.wait()
        print(seen, time.monotonic() - started > 0.4)
    """)
    assert (result.stdout, result.stderr) == ("['other', 'alarm'] True\n", "")
