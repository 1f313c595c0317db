import os
import string
from concurrent.futures import ThreadPoolExecutor

from system_under_test.identity import unique_id

MANY = 5_000


def test_an_id_is_32_hexadecimal_characters() -> None:
    for _ in range(200):
        made = unique_id()
        assert len(made) == 32
        assert set(made) <= set(string.hexdigits.lower())


def test_no_two_ids_are_the_same_in_any_thread() -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: unique_id(), range(MANY)))
    assert len(set(made)) == MANY


def test_every_bit_is_drawn_by_chance() -> None:
    # Each of the 128 bits of n fair ids is set in n/2 of them; 8 standard deviations do not happen.
    ids = [int(unique_id(), 16) for _ in range(MANY)]
    allowed = 8 * (MANY / 4) ** 0.5
    for bit in range(128):
        ones = sum(made >> bit & 1 for made in ids)
        assert abs(ones - MANY / 2) < allowed


def test_parent_and_forked_child_never_share_an_id() -> None:
    unique_id()  # so that the parent holds a drawn batch, which the child would inherit
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write_end, ",".join(unique_id() for _ in range(100)).encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        of_child = set(pipe.read().split(","))
    os.waitpid(child, 0)
    assert len(of_child) == 100
    assert of_child.isdisjoint(unique_id() for _ in range(100))
