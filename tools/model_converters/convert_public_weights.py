"""Convert a public checkpoint to weights of the equivalent backbone.

    python tools/model_converters/convert_public_weights.py r3d_18 r3d_18.pth b.pth

Networks: vcop_c3d, vcop_r3d and vcop_r2plus1d of clip order prediction;
inception_i3d, the PyTorch port of Inception-I3D by piergiaj; torchvision's r3d_18, mc3_18
and r2plus1d_18. A tensor without a match, on either side, is an error, except in heads.
Prints the config of the backbone and the preprocessing for these weights.
"""

from __future__ import annotations

import argparse
import sys
from pickle import UnpicklingError

from file_options import add_file_options, check_target

from stcr_mmaction.apis.backbone_file import how_to_use, read_weights, write_backbone
from stcr_mmaction.models.backbones.public_weights import (
    PUBLIC_NETWORKS,
    PublicNetwork,
    convert_public_weights,
)


def main(argv: list[str] | None = None) -> None:
    """Run the command line tool."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('network', choices=PUBLIC_NETWORKS, help='network of the weights')
    add_file_options(parser)
    args = parser.parse_args(argv)
    try:
        check_target(args.target, args.force)
        weights = convert_public_weights(read_weights(args.source), args.network)
        write_backbone(weights, args.target, args.bare, args.force)
    except (OSError, UnpicklingError, ValueError) as error:
        sys.exit(f'convert_public_weights.py: error: {error}')
    print(f'{args.target}: {len(weights)} tensors. In a config:\n')
    print(model_lines(PUBLIC_NETWORKS[args.network]))
    print(how_to_use(args.target, args.bare))


def model_lines(network: PublicNetwork) -> str:
    """Return the config of the backbone and its preprocessing."""
    backbone = ', '.join(f'{key}={value!r}' for key, value in network.backbone.items())
    return (
        f'model = dict(backbone=dict({backbone}),\n'
        "    data_preprocessor=dict(type='ActionDataPreprocessor', "
        f'mean={list(network.mean)},\n'
        f"        std={list(network.std)}, format_shape='NCTHW'))"
    )


if __name__ == '__main__':
    main()
