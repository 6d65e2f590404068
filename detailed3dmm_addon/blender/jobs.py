"""Long work as steps: a generator that a timer drives, with progress and ESC; at once where nobody looks.

Blender's data may be touched from its own thread alone, so that a step is as long as the window waits.
"""
import bpy

from ..core.steps import finished
from . import strings

TICK = 0.01  # seconds


class Stepped:
    """An operator whose work is `steps(context, obj)`, a generator of shares done. Goes before FaceOperator.

    Invoked from a panel it is modal; called by a script, or in background mode, it returns when it is done. An
    `invoke` that first opens the file browser sets `from_panel`, so that what the browser then executes is modal too.
    """
    from_panel = False

    def invoke(self, context, _event):
        return self.start(context)

    def execute(self, context):
        if self.from_panel:
            return self.start(context)
        return super().execute(context)

    def change(self, context, obj):
        finished(self.steps(context, obj))

    def start(self, context):
        """Go on from the timer; gives what `invoke` returns."""
        self.from_panel = False
        if bpy.app.background:
            return super().execute(context)
        self._steps = self.steps(context, context.object)
        manager = context.window_manager
        self._timer = manager.event_timer_add(TICK, window=context.window)
        manager.progress_begin(0, 100)
        self._show(context, 0.0)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context, event):
        if event.type == "ESC" and event.value == "PRESS":
            self.cancel(context)
            self.report({"INFO"}, strings.message(strings.REPORT_CANCELLED))
            return {"CANCELLED"}
        if event.type == "TIMER":
            result = {"CANCELLED"}  # should an error come that nobody foresaw: the window has to go on
            try:
                result = self.guarded(self._step, context)
            finally:
                if result:
                    self._end(context)
            return result or {"RUNNING_MODAL"}
        return {"RUNNING_MODAL"}

    def cancel(self, context):
        """Also what Blender calls when the window closes."""
        self._steps.close()
        self._end(context)

    def _step(self, context):
        try:
            self._show(context, next(self._steps))
        except StopIteration:
            return {"FINISHED"}
        return None

    def _show(self, context, share):
        context.window_manager.progress_update(100 * share)
        context.workspace.status_text_set(strings.message(
            strings.STATUS_JOB, name=strings.translated(self.bl_label), percent=round(100 * share)))

    def _end(self, context):
        context.window_manager.event_timer_remove(self._timer)
        context.window_manager.progress_end()
        context.workspace.status_text_set(None)
