"""Testing whether Amazon lets us into instances: a verdict each, and the one thing to do."""

from collections.abc import Iterable

from amc.db.repos import fleet as repo
from amc.services.access import TO_DO, AccessVerdict, state_of
from amc.services.asking_many import Progress, ask_each, no_progress
from amc.services.instance_asking import InstanceAsking


class InstanceTesting(InstanceAsking):
    """The part of instances that tests them."""

    def test(
        self,
        actor: str,
        instance_ids: Iterable[str] | None = None,
        *,
        progress: Progress = no_progress,
    ) -> list[AccessVerdict]:
        """Ask each instance for something small: a verdict each, and the one thing to do.

        Args:
            actor: who.
            instance_ids: all in use when None.
            progress: told (done, all) in the caller's thread.

        Raises:
            MissingError: an instance is unknown.
        """
        wanted = self._wanted(instance_ids)

        def ask(instance_id: str) -> None:
            self._amazon.instance(instance_id, interactive=True).list_workflows()

        found: dict[str, AccessVerdict] = {}
        with self._database.read() as session:
            names = {i: r.name for i, (r, _) in repo.instances_by_id(session, wanted).items()}
        for instance_id, error in ask_each(wanted, ask, progress):
            state = state_of(error)
            reason = error.message if error is not None else ""
            self._keep_state(instance_id, state, reason, actor)
            found[instance_id] = AccessVerdict(
                instance_id, names[instance_id], state, reason, TO_DO[state], self._clock.now()
            )
        return [found[i] for i in wanted]
