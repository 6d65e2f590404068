"""Long work that a timer drives: progress, the end, ESC, an error on the way. A stand-in for the window counts."""
from types import SimpleNamespace

import bpy
import pytest

from detailed3dmm_addon.blender.jobs import TICK, Stepped, finished
from detailed3dmm_addon.blender.operators import FaceOperator
from detailed3dmm_addon.core.errors import Detailed3DMMError

TIMER, ESC, OTHER = (SimpleNamespace(type=kind, value="PRESS") for kind in ("TIMER", "ESC", "A"))


class Window:
    """What `Stepped` asks of a context, counted."""

    def __init__(self):
        self.object, self.window, self.calls, self.text, self.progress = object(), object(), [], "", []
        self.window_manager = self.workspace = self

    def event_timer_add(self, step, window):
        assert step == TICK and window is self.window
        self.calls.append("timer")
        return "timer"

    def event_timer_remove(self, timer):
        self.calls.remove(timer)

    def progress_begin(self, low, high):
        self.calls.append("progress")

    def progress_update(self, value):
        self.progress.append(value)

    def progress_end(self):
        self.calls.remove("progress")

    def status_text_set(self, text):
        self.text = text

    def modal_handler_add(self, operator):
        pass


class Job(Stepped, FaceOperator):
    bl_label = "Job"
    fails = False

    def __init__(self):
        self.done, self.closed, self.reports = [], False, []

    def steps(self, _context, _obj):
        try:
            for share in (0.25, 0.5):
                self.done.append(share)
                yield share
            if self.fails:
                raise Detailed3DMMError("It cannot be done.")
            self.done.append("changed")
        except GeneratorExit:
            self.closed = True
            raise

    def report(self, kind, text):
        self.reports.append((kind, text))


@pytest.fixture
def started(empty, monkeypatch):
    monkeypatch.setattr("detailed3dmm_addon.blender.jobs.bpy", SimpleNamespace(app=SimpleNamespace(background=False)))
    job, window = Job(), Window()
    assert job.invoke(window, None) == {"RUNNING_MODAL"}
    assert sorted(window.calls) == ["progress", "timer"] and "ESC" in window.text
    return job, window


def ended(window):
    return not window.calls and window.text is None


def test_a_step_at_each_tick_until_it_is_done(started):
    job, window = started
    assert [job.modal(window, event) for event in (TIMER, OTHER, TIMER)] == [{"RUNNING_MODAL"}] * 3
    assert job.done == [0.25, 0.5] and window.progress == [0, 25, 50] and "50 %" in window.text
    assert job.modal(window, TIMER) == {"FINISHED"}
    assert job.done[-1] == "changed" and ended(window)


def test_escape_stops_before_anything_changed(started):
    job, window = started
    job.modal(window, TIMER)
    assert job.modal(window, ESC) == {"CANCELLED"}
    assert job.closed and "changed" not in job.done and ended(window)


def test_an_error_is_one_sentence_and_ends_it(started):
    job, window = started
    job.fails = True
    assert [job.modal(window, TIMER) for _ in range(3)][-1] == {"CANCELLED"}
    assert job.reports == [({"ERROR"}, "It cannot be done.")] and ended(window)


def test_an_unforeseen_error_leaves_the_window_as_it_was(started, monkeypatch):
    job, window = started

    def breaks(_context):
        raise ZeroDivisionError
    monkeypatch.setattr(job, "_step", breaks)
    with pytest.raises(ZeroDivisionError):
        job.modal(window, TIMER)
    assert ended(window)


def test_a_script_gets_it_done_at_once(empty):
    job = Job()
    assert bpy.app.background and job.invoke(Window(), None) == {"FINISHED"}
    assert job.done[-1] == "changed"


def test_what_the_file_browser_executes_is_modal_too(started):
    job, window = Job(), Window()
    job.from_panel = True
    assert job.execute(window) == {"RUNNING_MODAL"}
    job.cancel(window)
    assert ended(window) and not job.from_panel


def test_the_value_of_a_generator():
    def work():
        yield 0.5
        return "value"
    assert finished(work()) == "value"
