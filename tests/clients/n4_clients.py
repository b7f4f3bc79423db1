"""Programs that call an executable N4BiasFieldCorrection, each as its users write it: python n4_clients.py NAME IMAGES.

The executable is the first on the PATH. Images come from the folder IMAGES; what is written lies in the working folder.
"""

import os
import sys
from pathlib import Path

NAME, IMAGES = sys.argv[1], Path(sys.argv[2])
HEAD, MASK, WEIGHT = (str(IMAGES / f"{name}.nii.gz") for name in ("head", "mask", "weight"))


def nipype_node():
    """The node of nipype in five forms, each in a folder of its own."""
    from nipype import Node
    from nipype.interfaces.ants import N4BiasFieldCorrection

    forms = [
        dict(n_iterations=[5, 4], convergence_threshold=1e-6, bspline_fitting_distance=300, save_bias=True),
        dict(shrink_factor=3, n_iterations=[5, 4], convergence_threshold=1e-6, mask_image=MASK,
             rescale_intensities=True, save_bias=True),
        dict(weight_image=WEIGHT, shrink_factor=2, n_iterations=[4, 4], convergence_threshold=0.0,
             bspline_fitting_distance=200.0, bspline_order=3, copy_header=True, num_threads=2),
        dict(histogram_sharpening=(0.12, 0.02, 200), n_iterations=[6], convergence_threshold=0.0),
        dict(mask_image=MASK, n_iterations=[4, 4], convergence_threshold=0.0, bias_image="bias.nii.gz",
             output_image="corrected.nii.gz"),
    ]
    for number, form in enumerate(forms, 1):
        interface = N4BiasFieldCorrection(input_image=HEAD, dimension=3, **form)
        result = Node(interface, name=f"form{number}", base_dir=os.getcwd()).run()
        assert Path(result.outputs.output_image).is_file(), result.outputs
        wanted = "save_bias" in form or "bias_image" in form
        assert wanted == isinstance(result.outputs.bias_image, str), result.outputs
        assert not result.runtime.stderr, result.runtime.stderr
        print(result.runtime.cmdline)


def niworkflows():
    """Its workflow of N4 alone, whole, and its own node as its workflow of BOLD images uses it."""
    from nipype.pipeline.engine import Node
    from niworkflows.anat.ants import init_n4_only_wf
    from niworkflows.interfaces.fixes import FixN4BiasFieldCorrection

    workflow = init_n4_only_wf(atropos_refine=False, omp_nthreads=2)
    workflow.base_dir = os.getcwd()
    workflow.inputs.inputnode.in_files = [HEAD]
    workflow.run()
    fixed = FixN4BiasFieldCorrection(dimension=3, copy_header=True, bspline_fitting_distance=200, shrink_factor=2,
                                     rescale_intensities=True, n_iterations=[10, 10], convergence_threshold=0.0)
    fixed.inputs.input_image = str(IMAGES / "negative.nii.gz")
    result = Node(fixed, name="fixed", base_dir=os.getcwd()).run()
    assert result.outputs.negative_values


def pydra_task():
    """The task of pydra-ants, with both outputs."""
    from pydra.tasks.ants.v2_5 import N4BiasFieldCorrection

    task = N4BiasFieldCorrection(
        input_image=HEAD, mask_image=MASK, dimensionality=3, shrink_factor=3, num_iterations=(6, 6),
        save_bias_field=True, output_image="corrected.nii.gz", output_bias_field="bias.nii.gz",
    )
    print(task.cmdline)
    result = task(plugin="serial").output
    for path in (result.output_image, result.output_bias_field):
        os.rename(path, Path(path).name)


def niwrap():
    """The wrapper of NiWrap on its local runner, with both outputs."""
    from niwrap import ants
    from styxdefs import LocalRunner

    result = ants.n4_bias_field_correction(
        input_image=HEAD, mask_image=MASK, image_dimensionality=3, shrink_factor=3, rescale_intensities=True,
        output=ants.n4_bias_field_correction_corrected_output_noise_params("corrected.nii.gz", "bias.nii.gz"),
        convergence=ants.n4_bias_field_correction_convergence_params([6, 6], 0.0),
        bspline_fitting=ants.n4_bias_field_correction_bspline_fitting_params([100], 3),
        runner=LocalRunner(data_dir="runs"),
    )
    for path in (result.output_image_outfile, result.output_bias_image):
        os.rename(path, Path(path).name)  # Its own folder has another name in every run.


globals()[NAME]()
