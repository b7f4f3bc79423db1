// Corrects the intensity bias of one stack on one machine: a drop-in for linumpy's process of this name. Same input, same first output, same
// parameters (conf/correct_bias_field.config holds their defaults). Inside linumpy's pipeline, take it over ../../correct_bias_field.nf.

// How a GPU is taken: text for the task's script, so that it travels with the task into containers and its key.
def gpuSlot() {
    return params.use_gpu ? file("${moduleDir}/gpu_slot.sh").text + "\ntake_gpu_slot ${params.gpu_count}" : ''
}

// Resolutions coarser than the image's own, as linumpy chooses them, or a count of halvings.
def pyramidOptions() {
    if (params.pyramid_n_levels != null) return "--n_levels ${params.pyramid_n_levels}"
    def base = params.resolution > 0 ? params.resolution : 10
    def levels = ([base] + params.pyramid_resolutions.findAll { it >= base }).unique().sort()
    return "--pyramid_resolutions ${levels.join(' ')} ${params.pyramid_make_isotropic ? '--make_isotropic' : '--no_isotropic'}"
}

// n4 keeps a tenth of a task's memory free for the system's own use of it.
def memoryLimit(memory) {
    return memory ? "--memory_limit ${(memory.toBytes() * 0.9) as long}" : ''
}

// What is written as 0: linumpy's names. It dilates silhouettes alone.
def zeroOptions() {
    if (!params.bias_zero_outside_mask) return '--no_zero_outside_mask'
    def dilate = params.bias_zero_mask_mode == 'section' ? '' : " --zero_mask_dilate_px ${params.bias_zero_mask_dilate_px}"
    return "--zero_outside_mask --zero_mask_mode ${params.bias_zero_mask_mode}${dilate}"
}

// A head is no stack: its tissue would be cut into sections and set to 0 outside a mask made for agarose.
def refuseHead(image) {
    if (image.name ==~ /(?i).*\.nii(\.gz)?/) error "Cannot correct '${image.name}' as a stack of serial sections must be an OME-Zarr: a NIfTI is corrected by workflows/heads.nf"
}

// What n4 is asked to do, as far as it does not depend on the machine.
def correctOptions(sections) {
    return [
        "--preset ${params.bias_preset} --mode ${params.correct_bias_field ? params.bias_mode : 'mask_only'} --strength ${params.bias_strength}",
        params.bias_histogram_match ? '--histogram_match' : '--no_histogram_match',
        params.bias_zprofile_equalize ? '--zprofile_equalize' : '',
        zeroOptions(),
        sections > 0 ? "--n_serial_slices ${sections}" : '',
        params.bias_histogram_match_per_zplane ? '--histogram_match_per_zplane' : '',
        params.bias_tissue_threshold != null ? "--tissue_threshold ${params.bias_tissue_threshold}" : '',
        params.bias_zprofile_smooth_sigma != null ? "--zprofile_smooth_sigma ${params.bias_zprofile_smooth_sigma}" : '',
        pyramidOptions(),
        "--backend ${params.use_gpu ? 'auto' : 'cpu'}",
    ].findAll().join(' ')
}

// What becomes of a task that failed. 3: n4 needs more than its memory limit; 137: the system ended the task, for its memory; 140, 143: the scheduler did, for its
// time; the largest integer: it vanished with its machine.
def afterFailure(task) {
    def lacking = task.exitStatus in [3, 137, 140, 143, Integer.MAX_VALUE]
    return lacking && task.attempt <= params.retries ? 'retry' : 'finish'
}

// Memory of a task: twice as much with each attempt.
def memoryOf(first, attempt) {
    return (first as MemoryUnit) * (1 << (attempt - 1))
}

def sliceLabels(String sliceIds) {
    def orientation = params.ras_input_orientation?.toString()?.trim()?.replace("'", '')
    return "--slice_ids \"${sliceIds}\" --label_every ${params.annotated_label_every}" +
        "${params.annotated_show_lines ? ' --show_lines' : ''}${orientation ? " --orientation ${orientation}" : ''} --crop_to_tissue"
}

process correct_bias_field {
    tag "${subject_name}"
    label 'n4_gpu'
    cpus { params.processes }
    memory { memoryOf(params.bias_memory, task.attempt) }
    time { (params.bias_time as Duration) * task.attempt }
    errorStrategy { afterFailure(task) }
    maxRetries params.retries
    publishDir { "${params.output}/correct_bias_field" }, mode: 'symlink', saveAs: { it.endsWith('.ome.zarr') ? null : it }

    input:
    // In a folder of its own: the image before this step often bears the name that the corrected one shall have.
    tuple path(stacked_zarr, stageAs: 'input/*'), val(subject_name), val(n_slices), val(slice_ids_str)

    output:
    tuple path("${subject_name}.ome.zarr"), path("${subject_name}.ome.zarr.zip"), path("${subject_name}.png", arity: '0..*'), path("${subject_name}_annotated.png", arity: '0..*'), emit: corrected
    path "${subject_name}_n4.json", emit: report
    path 'versions.yml', emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    refuseHead(stacked_zarr)
    """
    ${gpuSlot()}
    ${params.n4} correct ${stacked_zarr} ${subject_name}.ome.zarr \\
        ${correctOptions(n_slices)} --n_processes ${task.cpus} ${memoryLimit(task.memory)} \\
        --report ${subject_name}_n4.json ${task.ext.args ?: ''}
    ${params.use_gpu ? 'release_gpu_slot' : ''}

    # The chunks are compressed already.
    zip -r -q -0 ${subject_name}.ome.zarr.zip ${subject_name}.ome.zarr

    # linumpy's pictures, where linumpy is.
    if command -v linum_screenshot_omezarr.py > /dev/null; then
        linum_screenshot_omezarr.py ${subject_name}.ome.zarr ${subject_name}.png
        linum_screenshot_omezarr_annotated.py ${subject_name}.ome.zarr ${subject_name}_annotated.png ${sliceLabels(slice_ids_str)}
    fi

    printf '"%s":\\n    n4: %s\\n' '${task.process}' "\$(${params.n4} --version)" > versions.yml
    """

    stub:
    """
    mkdir -p ${subject_name}.ome.zarr
    touch ${subject_name}.ome.zarr.zip ${subject_name}.png ${subject_name}_annotated.png ${subject_name}_n4.json
    printf '"%s":\\n    n4: %s\\n' '${task.process}' "\$(${params.n4} --version)" > versions.yml
    """
}
