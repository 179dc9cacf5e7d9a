"""The command line ``stcr``: learn from your own videos.

Nothing heavy is imported before a command runs, so that help is there at once. What the
commands do is in ``stcr_mmaction.apis``, by the same names.
"""

from __future__ import annotations

import importlib
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable

EXAMPLES = """
  stcr pretrain videos/ --out runs/mine            learn from videos, without labels
  stcr finetune runs/mine --labels labels.csv      learn classes from some labels
  stcr evaluate runs/mine                          measure what it knows
  stcr predict  runs/mine new/ --out new.csv       tell the classes of other videos
  stcr embed    runs/mine videos/ --out all.npz    turn videos into vectors
  stcr search   all.npz query.mp4                  find the videos that are most alike
  stcr preview  runs/mine --out preview.mp4        see what the network is shown
  stcr export   runs/mine --to onnx                take the network elsewhere
  stcr doctor   videos/                            find out what is wrong

`stcr COMMAND --help` tells the options of a command.
"""
BACKBONES = (
    *('vcop_c3d', 'vcop_r3d', 'vcop_r2plus1d', 'inception_i3d'),
    *('r3d_18', 'mc3_18', 'r2plus1d_18'),
)
RECIPES = 'contrast', 'paper'
SIZES = 'tiny', 'small', 'full'
FORMATS = 'mmaction2', 'torchscript', 'onnx', 'safetensors'
"""As the package has them; a test compares, for the package would import torch."""
TOLD = 'VideoError', 'OutOfMemoryError'
"""Errors whose own message is enough, by their names: the package would import torch."""
RESUMED = 'pretrain', 'finetune'
WRONG = 2
INTERRUPTED = 130


def main(argv: list[str] | None = None) -> int:
    """Run a command.

    Returns:
        int: 0; 1 if ``doctor`` finds problems; 2 if something is wrong with what is
        given, which is told in one line; 130 after Ctrl-C.
    """
    args = vars(parse_args(argv))
    command, show = args.pop('command'), args.pop('show')
    try:
        api = importlib.import_module('stcr_mmaction.apis')
        return show(getattr(api, command)(**args)) or 0
    except KeyboardInterrupt:
        again = 'goes on' if command in RESUMED else 'starts anew'
        print(f'stopped; the same command {again}', file=sys.stderr)
        return INTERRUPTED
    except (ValueError, OSError, ImportError, FloatingPointError, RuntimeError) as error:
        if type(error).__name__ not in TOLD and isinstance(error, RuntimeError):
            raise  # nothing that a user could mend
        lines = ' '.join(str(error).split())
        print(f'stcr {command}: error: {lines}', file=sys.stderr)
        return WRONG


def parse_args(argv: list[str] | None = None) -> Namespace:
    """Read the command line; ``command`` and ``show`` say what to do."""
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
    """Say what ``stcr pretrain`` takes."""
    add = _add(add_parser, 'pretrain', 'learn from videos, without labels', show_run)
    add('videos', help='folder of videos, flat or nested; it is only read')
    add('--out', required=True, metavar='RUN', help='folder of the run')
    add(
        '--backbone',
        default='r3d_18',
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
    add('--epochs', type=int, help='passes over all videos (default: by their number)')
    add('--init', metavar='FILE', help='weights to start from (default: random)')
    add('--labels', help='to watch the training by; it does not learn from them')
    add('--size', choices=SIZES, help='default: full on a GPU or with --init, else small')
    add('--batch-size', type=int, metavar='N', help='default: by the memory')
    add('--lr', type=float, help='learning rate (default: by recipe, size and batch)')
    add('--seed', type=int, default=0, help='default: %(default)s')
    add('--prepare', action='store_true', help='train on small copies, read faster')


def add_finetune(add_parser: Callable) -> None:
    """Say what ``stcr finetune`` takes."""
    add = _add(add_parser, 'finetune', 'learn classes from some labels', show_run)
    add('run', metavar='RUN', help='folder of the run')
    add('--labels', help="CSV of path,label; class folders; a list (default: pretrain's)")
    add('--epochs', type=int, help='default: by the number of labels')
    add('--scratch', action='store_true', help='start from random weights, to compare')
    add('--seed', type=int, default=0, help='default: %(default)s')


def add_evaluate(add_parser: Callable) -> None:
    """Say what ``stcr evaluate`` takes."""
    add = _add(add_parser, 'evaluate', 'measure what it knows', show_evaluation)
    add('run', metavar='RUN', help='folder of the run')
    add(
        '--labels',
        help='to test on; divided if there is no classifier (default: those put aside)',
    )
    add('--probe', action='store_true', help='measure frozen features in any case')


def add_predict(add_parser: Callable) -> None:
    """Say what ``stcr predict`` takes."""
    add = _add(add_parser, 'predict', 'tell the classes of videos', show_predictions)
    add('run', metavar='RUN', help='folder of the run')
    add('videos', nargs='+', help='files and folders')
    add('--out', metavar='FILE.csv', help='file to write')


def add_embed(add_parser: Callable) -> None:
    """Say what ``stcr embed`` takes."""
    add = _add(add_parser, 'embed', 'turn videos into vectors', show_embeddings)
    add('run', metavar='RUN', help='folder of the run')
    add('videos', nargs='+', help='files and folders')
    add('--out', required=True, metavar='FILE', help='.npz, .csv or .parquet to write')


def add_search(add_parser: Callable) -> None:
    """Say what ``stcr search`` takes."""
    add = _add(add_parser, 'search', 'find the videos that are most alike', show_hits)
    add('embeddings', metavar='FILE.npz', help='what `stcr embed` wrote')
    add('query', help='video to look up')
    add('--top', type=int, default=10, help='videos to find (default: %(default)s)')
    add('--out', metavar='FILE.png', help='picture to write (default: none)')


def add_preview(add_parser: Callable) -> None:
    """Say what ``stcr preview`` takes."""
    add = _add(add_parser, 'preview', 'see what the network is shown', show_nothing)
    add('run', metavar='RUN', help='folder of the run, or a config')
    add('--out', required=True, metavar='FILE', help='file to write: .mp4 or .png')
    add('--samples', type=int, default=3, help='videos (default: %(default)s)')
    add('--seed', type=int, default=0, help='default: %(default)s')


def add_export(add_parser: Callable) -> None:
    """Say what ``stcr export`` takes."""
    add = _add(add_parser, 'export', 'take the network elsewhere', show_path)
    add('run', metavar='RUN', help='folder of the run')
    add('--to', required=True, choices=FORMATS, help='format')
    add('--out', metavar='FILE', help='file to write (default: in RUN/exported)')


def add_doctor(add_parser: Callable) -> None:
    """Say what ``stcr doctor`` takes."""
    add = _add(add_parser, 'doctor', 'find out what is wrong', show_diagnosis)
    add('videos', nargs='?', help='folder of videos to look at')


def _add(
    add_parser: Callable, name: str, what: str, show: Callable
) -> Callable[..., object]:
    parser = add_parser(name, help=what, description=f'{what[0].upper()}{what[1:]}.')
    parser.set_defaults(show=show)
    return parser.add_argument


def show_nothing(found: object) -> None:
    """Print nothing: the file that was written is the result."""


def show_path(path: object) -> None:
    """Print the file that was written."""
    print(path)


def show_run(run: object) -> None:
    """Print where the run is."""
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
    """Print a line a video."""
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
    """Print what was found; return 1 if something stops a training."""
    from rich.console import Console

    commands = importlib.import_module('stcr_mmaction.apis.commands.doctor')
    commands.print_diagnosis(found, Console(highlight=False))
    return int(bool(found.problems))


if __name__ == '__main__':
    sys.exit(main())
