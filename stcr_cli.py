"""The command line ``stcr``: learn from your own videos.

No large package is imported before a command runs, so that help is fast. The commands are
functions of the same names in ``stcr_mmaction.apis``.
"""

from __future__ import annotations

import importlib
import os
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path

EXAMPLES = """
  stcr pretrain videos/ --out runs/mine            pretrain on videos without labels
  stcr finetune runs/mine --labels labels.csv      train a classifier on some labels
  stcr evaluate runs/mine                          test it on labeled videos
  stcr predict  runs/mine new/ --out new.csv       predict classes of other videos
  stcr embed    runs/mine videos/ --out all.npz    compute feature vectors
  stcr search   all.npz query.mp4                  find the most similar videos
  stcr preview  runs/mine --out preview.mp4        see the training clips
  stcr export   runs/mine --to onnx                export for other software
  stcr doctor   videos/                            check this machine and videos

`stcr COMMAND --help` shows the options of a command.
"""
BACKBONES = (
    *('vcop_c3d', 'vcop_r3d', 'vcop_r2plus1d', 'inception_i3d'),
    *('r3d_18', 'mc3_18', 'r2plus1d_18'),
)
RECIPES = 'contrast', 'paper'
SIZES = 'tiny', 'small', 'full'
FORMATS = 'mmaction2', 'torchscript', 'onnx', 'safetensors'
"""Copies of the package's names, since importing it loads torch. A test compares them."""
BAD_INPUT = ValueError, OSError, ImportError, FloatingPointError
ONE_LINE = (
    *('VideoError', 'DamagedVideosError', 'OutOfMemoryError'),
    *('UnpicklingError', 'BadZipFile', 'EOFError', 'SyntaxError'),
)
"""Names of errors that are shown without a traceback."""
RESUMED = 'pretrain', 'finetune'
INVALID = 2
INTERRUPTED = 130


def main(argv: list[str] | None = None) -> int:
    """Run a command.

    Returns:
        int: 0; 1 if ``doctor`` finds problems; 2 for invalid input, with a message of one
        line; 130 after Ctrl-C.
    """
    args = vars(parse_args(argv))
    command, show = args.pop('command'), args.pop('show')
    try:
        if not resumes(command, args):
            check_exist(args.get('videos') or [])
        # Only results go to standard output, not what libraries print.
        with open(os.devnull, 'w') as nothing, redirect_stdout(nothing):
            api = importlib.import_module('stcr_mmaction.apis')
            found = getattr(api, command)(**args)
        return show(found) or 0
    except KeyboardInterrupt:
        again = 'resumes' if command in RESUMED else 'starts again'
        print(f'stopped; the same command {again}', file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        if not isinstance(error, BAD_INPUT) and type(error).__name__ not in ONE_LINE:
            raise  # a bug
        # A loading process puts its traceback before the message of a VideoError.
        lines = ' '.join(str(error).rpartition('VideoError: ')[2].split())
        print(f'stcr {command}: error: {lines}', file=sys.stderr)
        return INVALID


def resumes(command: str, args: dict) -> bool:
    """Tell whether a pretraining goes on; one on copies does so without the originals."""
    return command == 'pretrain' and Path(args['out'], 'run.json').is_file()


def check_exist(videos: str | list[str]) -> None:
    """Raise a FileNotFoundError for a misspelled path, before the package is imported."""
    for path in [videos] if isinstance(videos, str) else videos:
        if not Path(path).exists():
            raise FileNotFoundError(f'there is no file or folder {path}: check its name')


def parse_args(argv: list[str] | None = None) -> Namespace:
    """Parse the command line; ``command`` and ``show`` are the functions to call."""
    parser = ArgumentParser(
        'stcr',
        description='Self-supervised learning from your own videos.',
        epilog=EXAMPLES,
        formatter_class=RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest='command', required=True, metavar='COMMAND')
    for add in (
        *(add_pretrain, add_finetune, add_evaluate, add_predict, add_embed),
        *(add_search, add_preview, add_export, add_doctor),
    ):
        add(commands.add_parser)
    return parser.parse_args(argv)


def add_pretrain(add_parser: Callable) -> None:
    """Add the options of ``stcr pretrain``."""
    add = _add(add_parser, 'pretrain', 'pretrain on videos without labels', show_run)
    add('videos', help='folder of videos, flat or nested; nothing is written there')
    add('--out', required=True, metavar='RUN', help='folder of the run')
    add(
        '--backbone',
        default='vcop_r3d',
        choices=BACKBONES,
        metavar='NAME',
        help=f'network: {", ".join(BACKBONES)} (default: %(default)s)',
    )
    add(
        '--recipe',
        default='contrast',
        metavar='NAME',
        help=f'{", ".join(RECIPES)}, or a file FILE.py (default: %(default)s)',
    )
    add('--epochs', type=int, help='epochs (default: depends on the number of videos)')
    add('--init', metavar='FILE', help='weights to start from (default: random)')
    add('--labels', help='to evaluate features during training; not trained on')
    add('--size', choices=SIZES, help='default: full on a GPU or with --init, else small')
    add('--batch-size', type=int, metavar='N', help='default: depends on GPU memory')
    add('--lr', type=float, help='learning rate (default: depends on recipe and sizes)')
    add('--seed', type=int, default=0, help='default: %(default)s')
    add('--prepare', action='store_true', help='train on small copies, which load faster')


def add_finetune(add_parser: Callable) -> None:
    """Add the options of ``stcr finetune``."""
    add = _add(add_parser, 'finetune', 'train a classifier on some labels', show_run)
    add('run', metavar='RUN', help='folder of the run')
    add(
        '--labels',
        help='CSV of path,label, class folders or a list (default: of pretrain)',
    )
    add('--epochs', type=int, help='default: depends on the number of videos')
    add('--scratch', action='store_true', help='start from random weights, to compare')
    add('--seed', type=int, default=0, help='default: %(default)s')


def add_evaluate(add_parser: Callable) -> None:
    """Add the options of ``stcr evaluate``."""
    add = _add(add_parser, 'evaluate', 'test on labeled videos', show_evaluation)
    add('run', metavar='RUN', help='folder of the run')
    add(
        '--labels',
        help='labeled videos to test on (default: the held-out videos); before '
        'fine-tuning most of them train the probes',
    )
    add(
        '--probe',
        action='store_true',
        help='evaluate frozen features in any case',
    )


def add_predict(add_parser: Callable) -> None:
    """Add the options of ``stcr predict``."""
    add = _add(add_parser, 'predict', 'predict the classes of videos', show_predictions)
    add('run', metavar='RUN', help='folder of the run')
    add('videos', nargs='+', help='files and folders')
    add('--out', metavar='FILE.csv', help='file to write')


def add_embed(add_parser: Callable) -> None:
    """Add the options of ``stcr embed``."""
    add = _add(add_parser, 'embed', 'compute feature vectors of videos', show_embeddings)
    add('run', metavar='RUN', help='folder of the run')
    add('videos', nargs='+', help='files and folders')
    add('--out', required=True, metavar='FILE', help='.npz, .csv or .parquet to write')


def add_search(add_parser: Callable) -> None:
    """Add the options of ``stcr search``."""
    add = _add(add_parser, 'search', 'find the most similar videos', show_hits)
    add('embeddings', metavar='FILE.npz', help='file of `stcr embed`')
    add('query', help='video to look up')
    add('--top', type=int, default=10, help='videos to find (default: %(default)s)')
    add('--out', metavar='FILE.png', help='picture to write (default: none)')


def add_preview(add_parser: Callable) -> None:
    """Add the options of ``stcr preview``."""
    add = _add(add_parser, 'preview', 'draw the training clips', show_path)
    add('run', metavar='RUN', help='folder of the run, or a config')
    add('--out', required=True, metavar='FILE', help='file to write: .mp4 or .png')
    add('--samples', type=int, default=3, help='videos (default: %(default)s)')
    add('--seed', type=int, default=0, help='default: %(default)s')


def add_export(add_parser: Callable) -> None:
    """Add the options of ``stcr export``."""
    add = _add(add_parser, 'export', 'export the network for other software', show_path)
    add('run', metavar='RUN', help='folder of the run')
    add('--to', required=True, choices=FORMATS, help='format')
    add('--out', metavar='FILE', help='file to write (default: in RUN/exported)')


def add_doctor(add_parser: Callable) -> None:
    """Add the options of ``stcr doctor``."""
    add = _add(add_parser, 'doctor', 'check this machine and videos', show_diagnosis)
    add('videos', nargs='?', help='folder of videos to check')


def _add(
    add_parser: Callable, name: str, what: str, show: Callable
) -> Callable[..., object]:
    parser = add_parser(name, help=what, description=f'{what[0].upper()}{what[1:]}.')
    parser.set_defaults(show=show)
    return parser.add_argument


def show_path(path: object) -> None:
    """Print the path of the written file."""
    print(path)


def show_run(run: object) -> None:
    """Print the folder of the run."""
    print(getattr(run, 'folder', run))


def show_evaluation(found: object) -> None:
    """Print accuracies with their intervals."""
    from rich.console import Console
    from rich.table import Table

    chance = f'most frequent class: {100 * found.most_frequent:.1f}%'
    table = Table(title=f'{len(found.labels)} videos, {len(found.classes)} classes')
    for head in ('', 'right', '95% interval'):
        table.add_column(head, justify='left' if not head else 'right')
    for name in found.predictions:
        share, low, high = (f'{100 * value:.1f}%' for value in found.accuracy(name))
        table.add_row(name, share, f'{low} to {high}')
    Console(highlight=False).print(table, chance)


def show_predictions(found: list) -> None:
    """Print one line for each video."""
    for prediction in found:
        print(f'{prediction.path}\t{prediction.label}\t{prediction.score:.3f}')


def show_embeddings(found: object) -> None:
    """Print how many vectors there are."""
    count, channels = found.features.shape
    print(f'{count} videos, {channels} features each')


def show_hits(found: list) -> None:
    """Print the nearest videos first."""
    for hit in found:
        print(f'{hit.similarity:.3f}\t{hit.path}')


def show_diagnosis(found: object) -> int:
    """Print the diagnosis; return 1 if there are problems."""
    from rich.console import Console

    commands = importlib.import_module('stcr_mmaction.apis.commands.doctor')
    commands.print_diagnosis(found, Console(highlight=False))
    return int(bool(found.problems))


if __name__ == '__main__':
    sys.exit(main())
