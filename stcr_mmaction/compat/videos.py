"""Fix how MMAction2 reads videos."""

import functools
import os.path as osp


def fix_decord_seeking() -> None:
    """Make the stock `DecordInit` return the right frames.

    Symptom: clips of MPEG-4 with B-frames or H.264 in AVI, of WMV, MPEG-1/2 and some
    others silently contain other frames than `frame_inds` says. `DataLoader worker (pid
    ...) is killed by signal: Segmentation fault` at a truncated AVI file.
    Thread: none known.
    Fix: a file in which decord cannot seek is read from its first frame on. decord opens
    files on disk by path: it crashes when it seeks in the bytes of broken ones.
    Replaces: `mmaction.datasets.transforms.loading.DecordInit._get_video_reader`.
    Can go: when decord seeks correctly in all files, and `DecordInit` opens files by
    path.
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


def count_pyav_frames() -> None:
    """Make the stock `PyAVInit` count frames instead of trusting the header.

    Symptom: `total_frames` is 0 or wrong for WebM, MKV, MPEG, WMV and cut MP4 files;
    clips then contain only the first frames, or start again after the last.
    Thread: none known.
    Fix: frames that can be decoded are counted, once for each file and process.
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


def refuse_opencv_misreads() -> None:
    """Make the stock `OpenCVInit` refuse files in which OpenCV finds wrong frames.

    Symptom: as that of `DecordInit`; a missing frame is silently replaced by an earlier
    one.
    Thread: none known.
    Fix: an error that names the file and says what to do.
    Replaces: `mmaction.datasets.transforms.loading.OpenCVInit.transform`.
    Can go: when OpenCV seeks correctly in all files.
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
    """Return the path of a file on disk, or the content of a file in other storage."""
    from mmengine.fileio import FileClient

    from ..videos import NamedBytes

    if step.io_backend in ('disk', 'local') and osp.isfile(filename):
        return filename
    if step.file_client is None:
        step.file_client = FileClient(step.io_backend, **step.kwargs)
    return NamedBytes(step.file_client.get(filename), filename)
