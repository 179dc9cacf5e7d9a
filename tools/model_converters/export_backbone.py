"""Write the backbone of a training checkpoint to a file for stock configs.

    python tools/model_converters/export_backbone.py work_dirs/RUN/epoch_50.pth b.pth

The file has the backbone's weights and this package's version, without heads, optimizer,
moving averages or log. Its tensors are named ``backbone.*``, as needed for ``load_from``
and ``init_cfg=dict(type='Pretrained', checkpoint=..., prefix='backbone')``. With
``--bare`` they have the backbone's own names, as needed for ``pretrained=``.

In MMAction2, C3D, TimeSformer and X3D have no ``init_cfg``, and the ResNet3d family and
UniFormer ignore it. VisionTransformer ignores ``pretrained``, and SwinTransformer3D and
UniFormer expect other files there. ``load_from`` works for all backbones.
"""

from __future__ import annotations

import argparse
import sys
from pickle import UnpicklingError

from file_options import add_file_options, check_target

from stcr_mmaction.apis.backbone_file import (
    PART,
    how_to_use,
    read_weights,
    select_backbone,
    write_backbone,
)


def main(argv: list[str] | None = None) -> None:
    """Run the command line tool."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_file_options(parser)
    part_help = f"backbone in the model, '' for a backbone file; default {PART}"
    parser.add_argument('--part', default=PART, help=part_help)
    args = parser.parse_args(argv)
    try:
        check_target(args.target, args.force)
        weights = select_backbone(read_weights(args.source), args.part)
        write_backbone(weights, args.target, args.bare, args.force)
    except (OSError, UnpicklingError, ValueError) as error:
        sys.exit(f'export_backbone.py: error: {error}')
    print(f'{args.target}: {len(weights)} tensors. In a config:\n')
    print(how_to_use(args.target, args.bare))


if __name__ == '__main__':
    main()
