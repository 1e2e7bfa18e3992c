"""The check service of a hub, flooded: what is not wanted is refused before it is read, what is
slow is given up, and what one student holds keeps nobody else out."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.hub.check_bundles import Bundles
from autograder.hub.check_queue import A_MINUTE, OF_ONE, QUEUE, Answers, Away, Busy, Checks, Worker
from tests.attacks.hub import RIGHT, answered, ask, head_of, port, sent

MB = 2**20


# Before a body ------------------------------------------------------------------------------------


def test_whose_question_is_refused_sends_no_body(hub):
    """With `Expect: 100-continue` the rest is asked for, or the answer comes at once."""
    student, outsider = hub.student(), hub.token("eve", "read:users:name!user")
    often = hub.student()
    for _ in range(A_MINUTE):
        ask(hub.place, often, b"{}")
    for token, length, status in [
        ("", 3 * MB, 401),
        ("made-up", 3 * MB, 401),
        (outsider, 3 * MB, 403),
        (hub.watch, 3 * MB, 403),
        (student, 5 * MB, 413),
        (student, "9" * 5000, 400),
        (student, "1x", 400),
        (often, 3 * MB, 429),
        (student, 3 * MB, 100),
    ]:
        with head_of(hub, token, length, "Expect: 100-continue") as connection:
            assert connection.recv(4096).split()[1] == str(status).encode(), (token, length)


def test_what_is_not_let_in_has_no_body_at_all(hub):
    for method, place in (("POST", "/nothing"), ("GET", "/health"), ("PUT", "/services/check/")):
        with socket.create_connection(hub.address) as connection:
            begin = f"{method} {place} HTTP/1.1\r\nHost: x\r\nContent-Length: {MB}\r\n\r\n"
            connection.sendall(begin.encode())
            assert connection.recv(4096).split()[1] in (b"400", b"404")
            assert until_closed(connection, 2)


def test_a_body_without_a_length_is_counted(hub):
    chunk = b"10000\r\n" + bytes(65536) + b"\r\n"
    with head_of(hub, hub.student(), None, "Transfer-Encoding: chunked") as connection:
        sent_bytes = 0
        with contextlib.suppress(OSError):  # it is closed at the other end
            while sent_bytes < 64 * MB:
                connection.sendall(chunk)
                sent_bytes += len(chunk)
        assert 4 * MB < sent_bytes < 12 * MB
        with contextlib.suppress(ConnectionError):  # the answer may be lost with the rest
            assert connection.recv(4096).split()[1] == b"413"
    within(2, lambda: ask(f"{hub.url}/health")[1]["inside"] == 0)


# What does not end --------------------------------------------------------------------------------


def test_what_is_slow_is_given_up_and_delays_nobody(hub):
    """A connection that says nothing, a head that does not end, and bodies that trickle."""
    slow, body = hub.student(), sent("t.ipynb", answered(RIGHT))
    begun = time.monotonic()
    silent, head = (socket.create_connection(hub.address) for _ in range(2))
    bodies = [head_of(hub, slow, len(body)) for _ in range(OF_ONE)]
    within(2, lambda: ask(f"{hub.url}/health")[1]["inside"] == OF_ONE)
    assert ask(hub.place, slow, body)[0] == 429  # both places are taken
    left = {silent, head, *bodies}
    while left:
        assert time.monotonic() - begun < 20, left
        for connection in [head, *bodies]:
            with contextlib.suppress(OSError):
                connection.sendall(b"x")
        asked = time.monotonic()
        assert ask(hub.place, hub.ada)[0] == 200
        assert time.monotonic() - asked < 2
        left = {connection for connection in left if not until_closed(connection, 0.5)}
    assert time.monotonic() - begun > 8  # who is only slow has time
    assert ask(hub.place, slow, body) == (200, {"success": True, "value": {}})


def test_a_class_that_fills_the_queue_is_told_so_and_leaves_it_again(hub):
    places = QUEUE + hub.workers
    body, late = sent("t.ipynb", answered(RIGHT)), hub.student()
    with ThreadPoolExecutor(4) as pool:
        tokens = list(pool.map(lambda _: hub.student(), range(places // OF_ONE)))
        assert {status for status, _ in pool.map(partial(ask, hub.place), tokens)} == {200}
    with contextlib.ExitStack() as stack:
        held = [
            stack.enter_context(head_of(hub, token, len(body)))
            for token in tokens
            for _ in range(OF_ONE)
        ]
        within(5, lambda: ask(f"{hub.url}/health")[1]["inside"] == places)
        with head_of(hub, late, len(body)) as refused:
            said = refused.recv(4096).decode()
        assert said.split()[1] == "429"
        assert "Retry-After: 20\r\n" in said
        assert "Many are checking their work just now" in said
        held[0].close()
        within(2, lambda: ask(f"{hub.url}/health")[1]["inside"] < places)
        assert ask(hub.place, late, body) == (200, {"success": True, "value": {}})
    within(5, lambda: ask(f"{hub.url}/health")[1] == {"workers": 2, "waiting": 0, "inside": 0})


def test_who_opens_connections_and_says_nothing_keeps_nobody_out(hub):
    files = f"/proc/{hub.process.pid}/fd"
    with contextlib.ExitStack() as stack:
        for number in range(700):
            stack.enter_context(socket.create_connection(hub.address))
            if number % 100 == 99:
                asked = time.monotonic()
                assert ask(hub.place, hub.ada)[0] == 200
                assert time.monotonic() - asked < 2
        assert len(os.listdir(files)) < 400
    within(5, lambda: len(os.listdir(files)) < 100)


def until_closed(connection, seconds):
    """Whether it is closed at the other end, within some seconds."""
    connection.settimeout(seconds)
    try:
        while connection.recv(65536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True


def within(seconds, happens):
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end
        time.sleep(0.05)


# What is away -------------------------------------------------------------------------------------


def test_where_the_hub_is_away_a_student_is_told_to_come_back(tmp_path):
    """Not that the token is wrong, as if it helped to start one's server anew."""
    pytest.importorskip("jupyterhub", reason="JupyterHub is not installed (requirements-hub.txt)")
    from jupyterhub.services.auth import HubAuth

    from autograder.hub.check_service import application, listen

    async def answers(api_url):
        parts = Checks(tmp_path, 1, 1), Bundles(tmp_path, tmp_path)
        app = application(*parts, HubAuth(api_url=api_url, api_token="x"), "check", "/check/")
        server = listen(app, "127.0.0.1", number := port())
        try:
            return await asyncio.to_thread(
                ask, f"http://127.0.0.1:{number}/check/assignments/t", "made-up", b"{}"
            )
        finally:
            server.stop()

    status, said = asyncio.run(answers(f"http://127.0.0.1:{port()}/hub/api"))
    assert status == 503
    assert said["message"].startswith("The hub does not answer just now")


def test_a_worker_that_does_not_come_up_is_none(tmp_path, monkeypatch):
    """It is tried again until it does; meanwhile nobody waits for it."""
    job = {"name": "t", "digest": ""}

    async def killed():
        python, checks = sys.executable, Checks(tmp_path, 1, 10)
        await checks.start()
        try:
            checks.enter("ada")
            monkeypatch.setattr(sys, "executable", "/bin/false")
            os.kill(checks.workers[0].process.pid, signal.SIGKILL)
            with pytest.raises((OSError, asyncio.IncompleteReadError)):
                await checks.check("ada", job, "key", b"{}")
            checks.leave("ada")
            for _ in range(15):  # some starts that fail
                await asyncio.sleep(0.1)
                assert checks.ready == 0
                with pytest.raises(Away, match="is being started"):
                    checks.enter("ada")
            monkeypatch.setattr(sys, "executable", python)
            async with asyncio.timeout(60):
                while not checks.ready:
                    await asyncio.sleep(0.1)
            checks.enter("ada")
            assert b"who has to build it" in await checks.check("ada", job, "key", b"{}")
            assert checks.ready == 1
        finally:
            await checks.end()

    asyncio.run(killed())


def test_a_worker_that_reads_nothing_any_more_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.hub.check_queue.GRACE", 0.05)

    async def given_up():
        worker = Worker(tmp_path, 0, 0.0)
        pipe = asyncio.subprocess.PIPE
        worker.process = await asyncio.create_subprocess_exec(
            "sleep", "60", stdin=pipe, stdout=pipe
        )
        asked = asyncio.create_task(worker.ask({"name": "t", "digest": ""}, bytes(3 * MB)))
        await asyncio.wait([asked], timeout=0.8)
        done = asked.done()
        await worker.end()
        with contextlib.suppress(Exception):
            await asked
        return done

    assert asyncio.run(given_up())


# Laws ---------------------------------------------------------------------------------------------

NUMBERS = st.integers(0, 40)


@given(st.lists(st.tuples(st.booleans(), NUMBERS), max_size=400))
def test_whoever_comes_and_goes_there_are_never_more_than_there_is_room_for(moves):
    checks, there = Checks(None, 2, 1), []
    checks.ready = 2
    for comes, number in moves:
        if comes:
            full = there.count(number) >= OF_ONE or len(there) >= QUEUE + 2
            with pytest.raises(Busy) if full else contextlib.nullcontext():
                checks.enter(f"user {number}")
            there += [] if full else [number]
        elif number in there:
            there.remove(number)
            checks.leave(f"user {number}")
        assert checks.inside.total() == len(there)
    for number in there:
        checks.leave(f"user {number}")
    assert not checks.inside
    assert not checks.turns


@given(st.lists(st.tuples(NUMBERS, st.binary(max_size=30)), max_size=200))
def test_what_is_remembered_is_the_last_and_no_more_than_there_is_room_for(kept):
    answers, last = Answers(number=5, size=60), {}
    for number, answer in kept:
        answers.keep(str(number), answer)
        last.pop(number, None)
        last[number] = answer
        assert len(answers.known) <= 5
        assert sum(map(len, answers.known.values())) == answers.bytes <= 60
        there = list(answers.known.items())
        assert there == [(str(n), a) for n, a in last.items()][len(last) - len(there) :]
        assert there[-1:] == [(str(number), answer)]  # a single one has room
