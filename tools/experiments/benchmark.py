"""What STCR costs, as ratios measured side by side in one run.

    python -m tools.experiments.benchmark [--device cuda] [--videos FOLDER]

A ratio is the median over rounds of (time of the first) / (time of the second), with both
run in turn in every round, so that whatever else the machine does hits both.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from mmaction.registry import MODELS, TRANSFORMS
from mmaction.structures import ActionDataSample
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import init_default_scope
from rich.console import Console
from rich.table import Table

import stcr_mmaction  # noqa: F401  registers what is measured
from stcr_mmaction.functional import intra_video_mixup, transform_clips
from tools.data.video_copies import copy_small

STCR = dict(
    type='STCR',
    backbone=dict(type='VCOPR3D'),
    consistency_head=dict(type='STCRHead', in_channels=512, temporal_size=2),
)
VIDEO_SUFFIXES = ('.mp4', '.avi', '.mkv', '.webm')


def main() -> None:
    """Measure and print."""
    args = parse_args()
    init_default_scope('mmaction')
    with tempfile.TemporaryDirectory() as folder:
        videos = find_videos(args.videos) if args.videos else [render_video(folder)]
        rows = [
            *compare_batch_operations(args.device),
            compare_samples(videos),
            compare_copies(videos, Path(folder) / 'copies'),
            compare_paths(args.device),
            compare_steps(args.device, args.batch_size, args.size),
            compare_memory_formats(args.device, args.batch_size, args.size),
        ]
    report(rows, args)


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = 'cuda' if torch.cuda.is_available() else 'cpu'
    parser.add_argument('--device', default=default, help='cpu or cuda')
    parser.add_argument('--videos', type=Path, help='folder of videos for the samples')
    parser.add_argument('--batch-size', type=int, default=2, help='of the training step')
    parser.add_argument('--size', type=int, default=112, help='of the training clips')
    parser.add_argument('--out', type=Path, help='write the figures to this JSON file')
    return parser.parse_args()


def compare_batch_operations(device: str) -> list[dict]:
    """T and mixup of a batch, against a copy of it."""
    clips = torch.rand(16, 3, 16, 112, 112, device=device)
    codes = torch.randperm(16).tolist()
    frames, weights = torch.randint(16, (16,)), torch.rand(16)
    operations = {
        'transform_clips': lambda: transform_clips(clips, codes),
        'intra_video_mixup': lambda: intra_video_mixup(clips, frames, weights),
    }
    what = f'{tuple(clips.shape)} float32'
    return [
        compare(name, operation, 'torch.clone', clips.clone, 1.5, 30, what, device)
        for name, operation in operations.items()
    ]


def compare_samples(videos: list[Path]) -> dict:
    """Two paths of a decoded video, against the stock pipeline's one."""
    crop = dict(type='RandomCrop', size=112)
    noise = [crop, dict(type='SpatioTemporalTransform'), dict(type='IntraVideoMixup')]
    one = build_pipeline([crop])
    two = build_pipeline([dict(type='SiamesePaths', clean=[crop], noise=noise)])

    # A training worker is one thread.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    row = compare(
        'two-path sample',
        lambda: load(two, videos),
        'stock one-path sample',
        lambda: load(one, videos),
        1.05,
        max(5, 200 // len(videos)),
        f'{len(videos)} videos, 16x4 frames, 112x112',
    )
    torch.set_num_threads(threads)
    return row


def compare_copies(videos: list[Path], folder: Path) -> dict:
    """A clip of the copies that the preparation tools make, against the originals'."""
    copies = [folder / f'{number}.mp4' for number in range(len(videos))]
    for copy, video in zip(copies, videos, strict=True):
        copy_small(copy, video, short_side=128)
    pipeline = build_pipeline([dict(type='RandomCrop', size=112)])
    return compare(
        'sample of a prepared copy',
        lambda: load(pipeline, copies),
        'of the original',
        lambda: load(pipeline, videos),
        1.0,
        max(5, 100 // len(videos)),
        f'{len(videos)} videos, 16x4 frames, 112x112',
    )


def compare_paths(device: str) -> dict:
    """Both paths of decoded frames made on the device, against those of the pipeline."""
    crop = dict(type='RandomCrop', size=112)
    noise = [crop, dict(type='SpatioTemporalTransform'), dict(type='IntraVideoMixup')]
    siamese = dict(type='SiamesePaths', clean=[crop], noise=noise)
    blending = dict(type='SiameseBlending', size=112)
    frames = list(np.random.default_rng(0).integers(0, 256, (16, 128, 171, 3), np.uint8))
    in_pipeline = build_batches([siamese], None, frames, device)
    on_device = build_batches([], blending, frames, device)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as a training worker
    row = compare(
        'paths by SiameseBlending',
        on_device,
        'paths by SiamesePaths',
        in_pipeline,
        1.0,
        20,
        '8 clips 16x128x171 uint8, to normalized 2 x 16x112x112',
        device,
    )
    torch.set_num_threads(threads)
    return row


def build_batches(
    spatial: list[dict], blending: dict | None, frames: list[np.ndarray], device: str
) -> Callable:
    """Return what makes a training batch of decoded frames, for one core and a device."""
    keys = 'img_shape', 'transform_codes', 'mixup_frames', 'mixup_weights'
    ending = [
        dict(type='FormatShape', input_format='NCTHW'),
        dict(type='PackActionInputs', meta_keys=keys),
    ]
    pipeline = Compose([TRANSFORMS.build(config) for config in [*spatial, *ending]])
    scale = dict(mean=[0, 0, 0], std=[255, 255, 255], format_shape='NCTHW')
    config = dict(type='ActionDataPreprocessor', blending=blending, **scale)
    preprocessor = MODELS.build(config).to(device)
    decoded = dict(imgs=frames, img_shape=(128, 171), num_clips=1, clip_len=16, label=0)

    def make_batch() -> None:
        samples = [pipeline(dict(decoded)) for _ in range(8)]
        preprocessor(pseudo_collate(samples), training=True)

    return make_batch


def compare_steps(device: str, batch_size: int, size: int) -> dict:
    """A step of STCR, against two steps of a stock recognizer."""
    cls_head = dict(type='I3DHead', num_classes=101, in_channels=512)
    stock = dict(type='Recognizer3D', backbone=STCR['backbone'], cls_head=cls_head)
    stcr, stock = (MODELS.build(config).to(device) for config in (STCR, stock))
    views, samples = make_batch(batch_size, size, device)
    clean, noise = views[:, :1].contiguous(), views[:, 1:].contiguous()

    def two_steps() -> None:
        step(stock, clean, samples)
        step(stock, noise, samples)

    return compare(
        'STCR step',
        lambda: step(stcr, views, samples),
        'two Recognizer3D steps',
        two_steps,
        1.05,
        12 if device == 'cpu' else 30,
        f'VCOPR3D, {batch_size} x 2 clips 16x{size}x{size}',
        device,
    )


def compare_memory_formats(device: str, batch_size: int, size: int) -> dict:
    """A step of STCR in the memory format of ChannelsLastHook, against the usual one."""
    usual, changed = (MODELS.build(STCR).to(device) for _ in range(2))
    changed.to(memory_format=torch.channels_last_3d)
    views, samples = make_batch(batch_size, size, device)
    return compare(
        'channels last',
        lambda: step(changed, views, samples),
        'STCR step',
        lambda: step(usual, views, samples),
        1.0,
        12 if device == 'cpu' else 30,
        f'VCOPR3D, {batch_size} x 2 clips 16x{size}x{size}',
        device,
    )


def make_batch(batch_size: int, size: int, device: str) -> tuple[torch.Tensor, list]:
    """Make two-path clips (N, 2, 3, 16, size, size) and their samples."""
    views = torch.rand(batch_size, 2, 3, 16, size, size, device=device)
    samples = [
        ActionDataSample(metainfo=dict(transform_codes=[n % 16])).set_gt_label(n)
        for n in range(batch_size)
    ]
    return views, samples


def step(model: torch.nn.Module, inputs: torch.Tensor, samples: list) -> None:
    """Run forward and backward."""
    model.zero_grad()
    losses = model(inputs, samples, mode='loss')
    sum(value for name, value in losses.items() if 'loss' in name).backward()


def build_pipeline(spatial: list[dict]) -> Compose:
    """Build MMAction2's usual training pipeline around some spatial transforms."""
    steps = [
        dict(type='DecordInit'),
        dict(type='SampleFrames', clip_len=16, frame_interval=4, num_clips=1),
        dict(type='DecordDecode'),
        dict(type='Resize', scale=(171, 128), keep_ratio=False),
        *spatial,
        dict(type='FormatShape', input_format='NCTHW'),
        dict(type='PackActionInputs'),
    ]
    return Compose([TRANSFORMS.build(config) for config in steps])


def load(pipeline: Compose, videos: list[Path]) -> None:
    """Make a sample of each video."""
    np.random.seed(0)  # both pipelines get the same frames
    for video in videos:
        pipeline(dict(filename=str(video), label=0, modality='RGB', start_index=0))


def compare(
    name: str,
    run: Callable,
    reference_name: str,
    reference: Callable,
    aim: float,
    rounds: int,
    what: str,
    device: str = 'cpu',
) -> dict:
    """Time two functions in turn."""
    ratios, times = [], []
    for number in range(rounds + 2):
        ours, theirs = timed(run, device), timed(reference, device)
        if number >= 2:  # warm-up before
            ratios.append(ours / theirs)
            times.append(theirs)
    low, median, high = statistics.quantiles(ratios, n=4)
    return dict(
        name=name,
        reference=reference_name,
        ratio=median,
        quartiles=[low, high],
        aim=aim,
        reference_ms=1e3 * statistics.median(times),
        rounds=rounds,
        what=what,
    )


def timed(function: Callable, device: str) -> float:
    """Return the seconds that a call takes, its kernels on the device included."""
    start = time.perf_counter()
    function()
    if device != 'cpu':
        torch.cuda.synchronize()
    return time.perf_counter() - start


def render_video(folder: str) -> Path:
    """Write a video of UCF101's size and usual length."""
    path = Path(folder) / 'video.avi'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'XVID'), 25, (320, 240))
    texture = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    texture = cv2.resize(texture, (320, 240), interpolation=cv2.INTER_CUBIC)
    for shift in range(180):
        writer.write(np.roll(texture, 2 * shift, axis=1))
    writer.release()
    return path


def find_videos(folder: Path, most: int = 20) -> list[Path]:
    """List some videos of a folder, spread over it."""
    videos = sorted(p for p in folder.rglob('*') if p.suffix.lower() in VIDEO_SUFFIXES)
    if not videos:
        raise SystemExit(f'{folder} holds no videos ({", ".join(VIDEO_SUFFIXES)})')
    return videos[:: max(1, len(videos) // most)][:most]


def report(rows: list[dict], args: argparse.Namespace) -> None:
    """Print the table, and write the file."""
    threads = torch.get_num_threads()
    table = Table(title=f'torch {torch.__version__}, {args.device}, {threads} threads')
    for column in ('', 'against', 'ratio', 'quartiles', 'aim', 'against takes', 'on'):
        table.add_column(column)
    for row in rows:
        low, high = row['quartiles']
        table.add_row(
            row['name'],
            row['reference'],
            f'{row["ratio"]:.2f}',
            f'{low:.2f} to {high:.2f}',
            f'<= {row["aim"]}',
            f'{row["reference_ms"]:.1f} ms',
            row['what'],
        )
    Console(width=150).print(table)
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        hardware = dict(device=args.device, threads=threads, torch=torch.__version__)
        args.out.write_text(json.dumps(dict(hardware=hardware, rows=rows), indent=2))


if __name__ == '__main__':
    main()
