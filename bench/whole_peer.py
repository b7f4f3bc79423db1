"""A correction from file to file by a peer, as its users would write it: everything its own default but the mask (Otsu's) and, where its own examples shrink by 4, that.

    .venv/peers/bin/python bench/whole_peer.py simpleitk|n4ax|ants IN.nii.gz OUT.nii.gz
"""

import sys

SHRINK = 4


def simpleitk(source, target):
    """Shrinks as SimpleITK's own example does; the field is evaluated on the full grid."""
    import SimpleITK as sitk

    image = sitk.ReadImage(source, sitk.sitkFloat32)
    mask = sitk.OtsuThreshold(image, 0, 1, 200)
    n4 = sitk.N4BiasFieldCorrectionImageFilter()
    n4.Execute(*(sitk.Shrink(picture, [SHRINK] * image.GetDimension()) for picture in (image, mask)))
    sitk.WriteImage(image / sitk.Exp(n4.GetLogBiasFieldAsImage(image)), target)


def n4ax(source, target):
    import jax
    import n4ax
    import numpy as np
    import SimpleITK as sitk

    jax.config.update("jax_platforms", "cpu")
    image = sitk.ReadImage(source, sitk.sitkFloat32)
    mask = sitk.GetArrayFromImage(sitk.OtsuThreshold(image, 0, 1, 200))
    corrected = sitk.GetImageFromArray(np.asarray(n4ax.n4(sitk.GetArrayFromImage(image), mask)))
    corrected.CopyInformation(image)
    sitk.WriteImage(corrected, target)


def ants(source, target):
    import ants

    image = ants.image_read(source)
    ants.image_write(ants.n4_bias_field_correction(image, mask=ants.get_mask(image)), target)


if __name__ == "__main__":
    {"simpleitk": simpleitk, "n4ax": n4ax, "ants": ants}[sys.argv[1]](*sys.argv[2:])
