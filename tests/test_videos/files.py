"""Video files of many kinds, each frame of which shows its number."""

from pathlib import Path

import av
import cv2
import numpy as np

NUM_FRAMES, HEIGHT, WIDTH = 100, 64, 160
# Kind of file: codec, and options of PyAV or a code of OpenCV.
KINDS = {
    'mpeg4.mp4': ('mpeg4', dict(g='12')),
    'mpeg4.avi': ('mpeg4', dict(g='12')),
    'mpeg4_b_frames.avi': ('mpeg4', dict(bf='2', g='12')),
    'mpeg4_b_frames.mp4': ('mpeg4', dict(bf='2', g='12')),
    'h264.mp4': ('libx264', dict(bf='3', g='24')),
    'h264.mov': ('libx264', dict(bf='3', g='24')),
    'h264.mkv': ('libx264', dict(bf='3', g='24')),
    'h264.avi': ('libx264', dict(bf='3', g='24')),
    'h264_without_b_frames.avi': ('libx264', dict(bf='0', g='24')),
    'h264_open.mp4': ('libx264', {'bf': '3', 'g': '24', 'x264-params': 'open-gop=1'}),
    'h264_refresh.mp4': ('libx264', {'g': '24', 'x264-params': 'intra-refresh=1'}),
    'h264.flv': ('libx264', dict(bf='3', g='24')),
    'h264.ts': ('libx264', dict(bf='3', g='24')),
    'hevc.mp4': ('libx265', {'bf': '3', 'g': '24', 'x265-params': 'log-level=error'}),
    'mpeg1.mpg': ('mpeg1video', dict(bf='2', g='12')),
    'mpeg2.mpg': ('mpeg2video', dict(bf='2', g='12')),
    'mpeg2.ts': ('mpeg2video', dict(bf='2', g='12')),
    'mpeg2.vob': ('mpeg2video', dict(bf='2', g='12')),
    'vp9.webm': ('libvpx-vp9', {'g': '24', 'cpu-used': '8', 'deadline': 'realtime'}),
    'mjpeg.avi': ('mjpeg', {}),
    'wmv1.wmv': 'WMV1',
    'wmv2.wmv': 'WMV2',
    'xvid.avi': 'XVID',
}
# Those in which a decoder may seek: the others are read in order.
SOUND = {
    'mpeg4.mp4',
    'mpeg4.avi',
    'h264.mp4',
    'h264.mov',
    'h264.mkv',
    'vp9.webm',
    'mjpeg.avi',
    'xvid.avi',
}


def picture(number: int) -> np.ndarray:
    """Draw a number as ten black or white blocks."""
    bits = np.uint8(20) + np.uint8(215) * (number >> np.arange(10) & 1).astype(np.uint8)
    return np.broadcast_to(bits.repeat(WIDTH // 10)[:, None], (HEIGHT, WIDTH, 3)).copy()


def numbers(frames: list[np.ndarray]) -> list[int]:
    """Read the numbers off frames."""
    middles = np.stack(frames)[:, HEIGHT // 4 : -HEIGHT // 4, :, 0].mean(1)
    blocks = middles.reshape(len(frames), 10, -1)[..., 4:-4].mean(2)
    return ((blocks > 128) << np.arange(10)).sum(1).tolist()


def write_kind(folder: Path, name: str, num_frames: int = NUM_FRAMES) -> Path:
    """Write a file of a kind."""
    path, kind = folder / name, KINDS[name]
    if isinstance(kind, str):
        fourcc = cv2.VideoWriter.fourcc(*kind)
        writer = cv2.VideoWriter(str(path), fourcc, 25, (WIDTH, HEIGHT))
        for number in range(num_frames):
            writer.write(picture(number))
        writer.release()
        return path
    codec, options = kind
    with av.open(str(path), 'w') as container:
        stream = container.add_stream(codec, 25, options=options)
        stream.width, stream.height = WIDTH, HEIGHT
        stream.pix_fmt = 'yuvj420p' if codec == 'mjpeg' else 'yuv420p'
        for number in range(num_frames):
            frame = av.VideoFrame.from_ndarray(picture(number), format='rgb24')
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
