"""Backbones that are not in MMAction2."""

from .c3d import VCOPC3D
from .inception_i3d import InceptionI3D
from .r2plus1d import VCOPR2Plus1D
from .r3d import VCOPR3D
from .torchvision_r2plus1d import TorchvisionR2Plus1D

__all__ = ['VCOPC3D', 'VCOPR3D', 'InceptionI3D', 'TorchvisionR2Plus1D', 'VCOPR2Plus1D']
