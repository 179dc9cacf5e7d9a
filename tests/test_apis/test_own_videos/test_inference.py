"""Networks of a run on videos."""

import pytest

from stcr_mmaction.apis.own_videos.inference import show_videos
from stcr_mmaction.apis.own_videos.run_folder import Run


def test_videos_that_were_moved_are_told(tmp_path):
    with pytest.raises(FileNotFoundError, match='1 of 1 videos of .*mine do not exist'):
        next(show_videos([], Run(tmp_path / 'mine', {}), [tmp_path / 'a.mp4'], ''))
