"""The way in which MMAction2 reads videos."""

import functools
import os.path as osp


def read_the_frames_asked_for() -> None:
    """Let the stock `DecordInit` open videos so that clips hold the right frames.

    Symptom: clips of MPEG-4 with B-frames or H.264 in AVI, of WMV, MPEG-1/2 and some
    others hold other frames than `frame_inds` says, without a word. `DataLoader worker
    (pid ...) is killed by signal: Segmentation fault` at a truncated AVI file.
    Thread: none known.
    Fix: a file in which decord cannot seek is read from its first frame on. decord gets
    files on the disk by path, for it crashes when it seeks in the bytes of broken ones.
    Replaces: `mmaction.datasets.transforms.loading.DecordInit._get_video_reader`.
    Can go: when decord seeks right in all files, and `DecordInit` opens by path.
    """
    from mmaction.datasets.transforms import DecordInit

    from ..videos import open_video

    read_bytes = DecordInit._get_video_reader

    @functools.wraps(read_bytes)
    def open_right(self: DecordInit, filename: str) -> object:
        if not osp.splitext(filename)[1]:
            filename = f'{filename}.mp4'
        return open_video(file_of(self, filename), self.num_threads)

    DecordInit._get_video_reader = open_right


def count_the_frames_of_pyav() -> None:
    """Let the stock `PyAVInit` count the frames instead of believing the header.

    Symptom: `total_frames` is 0 or wrong for WebM, MKV, MPEG, WMV and cut MP4 files;
    clips then hold the first frames alone, or begin again behind the last.
    Thread: none known.
    Fix: the frames that can be decoded are counted, once a file and process.
    Replaces: `mmaction.datasets.transforms.loading.PyAVInit.transform`.
    Can go: when `PyAVInit` counts.
    """
    from mmaction.datasets.transforms import PyAVInit

    from ..videos import count_frames

    believe = PyAVInit.transform

    @functools.wraps(believe)
    def count(self: PyAVInit, results: dict) -> dict:
        results = believe(self, results)
        source = file_of(self, results['filename'])
        results['total_frames'] = count_frames(source, 0)
        return results

    PyAVInit.transform = count


def refuse_where_opencv_errs() -> None:
    """Let the stock `OpenCVInit` refuse a file in which OpenCV finds other frames.

    Symptom: as that of `DecordInit`; a missing frame is one before it, without a word.
    Thread: none known.
    Fix: an error that names the file and what helps.
    Replaces: `mmaction.datasets.transforms.loading.OpenCVInit.transform`.
    Can go: when OpenCV seeks right in all files.
    """
    from mmaction.datasets.transforms import OpenCVInit

    from ..videos import probe_video

    believe = OpenCVInit.transform

    @functools.wraps(believe)
    def check(self: OpenCVInit, results: dict) -> dict:
        results = believe(self, results)
        facts = probe_video(results['new_path'])
        found = results['total_frames']
        if facts.flaw or found != facts.num_packets:
            flaw = facts.flaw or f'it has {facts.num_packets} frames and not {found}'
            raise ValueError(
                f'OpenCV does not find the frames of video {results["filename"]!r}, '
                f'since {flaw}: use DecordInit and DecordDecode, or a copy made with '
                '`--short-side` of the preparation tools'
            )
        return results

    OpenCVInit.transform = check


def file_of(step: object, filename: str) -> str | bytes:
    """Return the path of a file on the disk; of other storage, all that it holds."""
    from mmengine.fileio import FileClient

    from ..videos import NamedBytes

    if step.io_backend in ('disk', 'local') and osp.isfile(filename):
        return filename
    if step.file_client is None:
        step.file_client = FileClient(step.io_backend, **step.kwargs)
    return NamedBytes(step.file_client.get(filename), filename)
