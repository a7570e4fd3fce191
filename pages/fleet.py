"""The start page: what ran, what failed, what is due, what is stale."""

from amc.ui.page import fragment, page
from amc.ui.widgets.fleet import draw_due, draw_failed, draw_instances, draw_numbers, draw_running

with page("Fleet") as desk:

    @fragment(run_every=5.0)
    def live() -> None:
        """Everything that changes by itself."""
        draw_numbers(desk)
        draw_running(desk)
        draw_failed(desk)
        draw_due(desk)

    live()
    draw_instances(desk)
