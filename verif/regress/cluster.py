"""Runs the tasks of a campaign on a Dask cluster, one's own or a given one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from distributed import Client, LocalCluster, as_completed
from distributed.scheduler import KilledWorker

from golden.errors import RomaError
from verif.regress.campaign import Campaign, label
from verif.regress.task import Result, Task, run_task, stop_tasks

Report = Callable[[Task, list[Result]], None]


@contextmanager
def connect(scheduler: str, workers: int) -> Iterator[Client]:
    """A client of the cluster at ``scheduler``, or of one made here when it is ``local``.

    Raises
    ------
    RomaError
        When no scheduler answers there.
    """
    # A worker that is killed is news for Dask's log on every port; the campaign says what matters.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    if scheduler == "local":
        with (
            LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
            Client(cluster) as client,
        ):
            yield client
        return
    try:
        client = Client(scheduler, timeout="10s")
    except (OSError, ValueError, TimeoutError) as e:
        raise RomaError(
            f"SCHEDULER is '{scheduler}', where no Dask scheduler answers ({type(e).__name__}): "
            "start one with 'dask scheduler' and workers with 'make worker', or leave it out"
        ) from e
    with client:
        yield client


def run(campaign: Campaign, client: Client, report: Report) -> None:
    """Run everything of a campaign that is not done yet; each task's results are kept as it ends.

    Parameters
    ----------
    campaign
        Knows what is done.
    client
        Of the cluster. A task whose worker dies goes to another one.
    report
        Called after each task.
    """
    finished = campaign.collect()
    done = campaign.done_tasks()

    def submit(task: Task) -> list:
        if label(task) in done:
            return []
        skip = {r["node"] for r in finished if r["seed"] == task.seed and _inside(r["node"], task)}
        task = Task(task.where, task.seed, tuple(sorted({*task.skip, *skip})))
        future = client.submit(run_task, task, campaign.key, campaign.folder, pure=False, retries=2)
        future.task = task
        return [future]

    def follow(task: Task) -> list:
        """The other seeds of a file whose first seed is done."""
        if task.seed != campaign.seed or "::" in task.where:
            return []
        own = [r for r in campaign.results() if r["seed"] == task.seed and _inside(r["node"], task)]
        return [f for t in campaign.further_tasks(task.where, own) for f in submit(t)]

    futures = []
    for task in campaign.first_tasks():
        futures += submit(task) or follow(task)
    if not futures:
        return
    tasks = {f.key: f.task for f in futures}
    stream = as_completed(futures)
    try:
        for future in stream:
            task = tasks[future.key]
            results = _outcome(future, task)
            campaign.finish_task(task, results)
            report(task, results)
            for more in follow(task):
                tasks[more.key] = more.task
                stream.add(more)
    except BaseException:
        client.cancel(list(stream.futures))
        client.run(stop_tasks, campaign.folder)
        raise


def _inside(node: str, task: Task) -> bool:
    return node == task.where or node.split("::")[0] == task.where


def _outcome(future, task: Task) -> list[Result]:
    error = future.exception() if future.status == "error" else None
    if isinstance(error, RomaError):
        raise error
    if isinstance(error, KilledWorker):
        text = f"every worker that ran it died: {error}"
    elif error is not None:
        text = f"{type(error).__name__}: {error}"
    else:
        return future.result()
    base = {"node": task.where, "seed": task.seed, "outcome": "failed", "seconds": 0.0}
    return [base | {"message": text, "simulates": True}]
