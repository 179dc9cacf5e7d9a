"""What a rehearsal tells of damaged videos."""

from __future__ import annotations

from mmaction.datasets import VideoDataset
from mmengine.runner import Runner
from scipy.stats import binom
from torch.utils.data import Dataset

from ..find_datasets import find_datasets
from ..hooks.damaged_videos import ACCOUNT

SHOWN = 10
MIN_PROBABILITY = 0.01


def read_account(runner: Runner) -> dict:
    """Read what the :class:`DamagedVideosHook` counted.

    Args:
        runner (Runner): After training.

    Returns:
        dict: Number of samples as ``num_samples``, and ``videos`` that were replaced.
    """
    none = dict(num_samples=0, videos={})
    return runner.message_hub.runtime_info.get(ACCOUNT, none)


def stops_at_damaged(dataset: Dataset) -> bool:
    """Tell whether a damaged video stops a run, as in a stock ``VideoDataset``.

    Args:
        dataset (Dataset): Data set of the training, possibly nested.

    Returns:
        bool: Whether an inner data set of videos does not replace it.
    """
    videos = [one for one in find_datasets(dataset) if isinstance(one, VideoDataset)]
    return any(getattr(one, 'on_error', 'raise') == 'raise' for one in videos)


def check_damaged(account: dict, max_share: float) -> None:
    """Estimate from few videos whether damaged ones would stop the run.

    Args:
        account (dict): That of :func:`read_account`.
        max_share (float): ``max_share`` of the hook.

    Raises:
        RuntimeError: If this many or more damaged videos have a probability below 1% when
            the share is ``max_share``.
    """
    times = sum(video['times'] for video in account['videos'].values())
    drawn = account['num_samples'] + times
    probability = binom.sf(times - 1, drawn, max_share)
    if probability < MIN_PROBABILITY:
        raise RuntimeError(
            f'{times} of {drawn} videos that were drawn could not be loaded; with '
            f'max_share={max_share:g} a whole run would stop. tools/data/check_videos.py '
            f'lists all that are damaged. These were:\n{list_damaged(account["videos"])}'
        )


def list_damaged(videos: dict[str, dict]) -> str:
    """List the first damaged videos.

    Args:
        videos (dict[str, dict]): Those of :func:`read_account`.

    Returns:
        str: A line with the reason for each, and the number of others.
    """
    lines = [f'    {video["reason"]}' for video in videos.values()]
    more = [f'    and {len(lines) - SHOWN} more'] if len(lines) > SHOWN else []
    return '\n'.join(lines[:SHOWN] + more)
