import gc
import threading
import weakref

import pytest
import torch

from aip.compute.device import CPU
from aip.compute.side_by_side import SPARE, fitting, side_by_side

GIB = 1 << 30


class Memory:
    """Stands in for a GPU's memory: items that are named do not fit so many times."""

    def __init__(self, lacks=None, error=torch.OutOfMemoryError):
        self._error = error
        self._lacks, self._lock = dict(lacks or {}), threading.Lock()
        self._inside, self.most, self.worked_on = 0, 0, []

    def work(self, item):
        with self._lock:
            self._inside += 1
            self.most = max(self.most, self._inside)
            self.worked_on.append(item)
            full = self._lacks.get(item, 0) > 0
            if full:
                self._lacks[item] -= 1
        threading.Event().wait(0.01)
        with self._lock:
            self._inside -= 1
        if full:
            raise self._error
        return item * item


@pytest.mark.parametrize("width", [1, 2, 3, 8])
@pytest.mark.parametrize("count", [0, 1, 3, 7])
def test_what_comes_of_items_comes_in_their_order(width, count):
    memory = Memory()
    assert list(side_by_side(memory.work, range(count), width, CPU)) == [
        i * i for i in range(count)
    ]
    assert sorted(memory.worked_on) == list(range(count))
    assert memory.most <= width


def test_as_many_items_as_were_asked_for_are_worked_on_at_once():
    meeting = threading.Barrier(3, timeout=20)
    assert list(side_by_side(lambda _: meeting.wait() >= 0, range(6), 3, CPU)) == [True] * 6


@pytest.mark.parametrize(
    ("lacks", "widths"),
    [({0: 1}, [4]), ({3: 1}, [4]), ({3: 2, 5: 2}, [4, 2]), ({7: 3}, [4, 2, 1]), ({10: 1}, [1])],
)
def test_where_memory_runs_out_half_as_many_go_on_and_nothing_is_lost_or_given_twice(
    lacks, widths, caplog
):
    memory = Memory(lacks)
    assert list(side_by_side(memory.work, range(11), 8, CPU)) == [i * i for i in range(11)]
    said = [record.args[0] for record in caplog.records]
    assert said == widths


@pytest.mark.parametrize("status", ["CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED"])
def test_memory_runs_out_for_the_libraries_of_a_gpu_too(status):
    memory = Memory({3: 1}, RuntimeError(f"CUDA error: {status} when calling a function"))
    assert list(side_by_side(memory.work, range(5), 4, CPU)) == [i * i for i in range(5)]


def test_what_came_before_the_memory_ran_out_is_not_done_again():
    memory = Memory({6: 1})
    list(side_by_side(memory.work, range(8), 8, CPU))
    assert [memory.worked_on.count(i) for i in range(8)] == [1] * 6 + [2] * 2


def test_what_did_not_fit_is_let_go_of_without_waiting_for_the_garbage_collector():
    class Activations:
        pass

    memory, held = Memory({0: 2, 1: 1, 3: 1}), []

    def work(item):
        activations = Activations()
        held.append(weakref.ref(activations))
        return memory.work(item)

    gc.disable()
    try:
        assert list(side_by_side(work, range(4), 4, CPU)) == [0, 1, 4, 9]
        assert not [reference for reference in held if reference()]
    finally:
        gc.enable()


@pytest.mark.parametrize("width", [1, 4])
def test_what_does_not_fit_alone_is_an_error(width):
    with pytest.raises(torch.OutOfMemoryError):
        list(side_by_side(Memory({2: 9}).work, range(5), width, CPU))


@pytest.mark.parametrize("width", [1, 4])
def test_another_error_is_not_tried_again(width):
    seen = []

    def work(item):
        seen.append(item)
        raise ValueError(item)

    with pytest.raises(ValueError, match="0"):
        list(side_by_side(work, range(3), width, CPU))
    assert len(seen) == len(set(seen))


def test_each_computes_in_one_thread_of_the_processor():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        assert list(side_by_side(lambda _: torch.get_num_threads(), range(4), 2, CPU)) == [1] * 4
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("free", "cost", "expected"),
    [(8 * GIB, GIB, 6), (8 * GIB, 6 * GIB, 1), (8 * GIB, 7 * GIB, 1), (0, GIB, 1), (GIB, 0, None)],
)
def test_as_many_blocks_fit_as_leave_some_of_the_free_memory(free, cost, expected):
    found = fitting(free, cost)
    assert found >= 1
    if expected:
        assert found == expected
        assert found == 1 or found * cost <= free * (1 - SPARE)
