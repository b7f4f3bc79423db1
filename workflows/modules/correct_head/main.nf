// Corrects the intensity bias of one head, a NIfTI: preset mri. Takes no parameter of the pipeline; `ext.args`, `ext.prefix` and `ext.n4` (the
// command) are set by configuration, as conf/correct_head.config does.

process correct_head {
    tag "${meta.id}"
    label 'n4_head'

    input:
    // Each in a folder of its own: they may bear the names of outputs. An empty list stands for no mask.
    tuple val(meta), path(image, stageAs: 'image/*'), path(mask, stageAs: 'mask/*')

    output:
    tuple val(meta), path("${prefix}.nii.gz"), emit: corrected
    tuple val(meta), path("${prefix}_mask.nii.gz"), emit: mask
    tuple val(meta), path("${prefix}_report.json"), emit: report
    path 'versions.yml', emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    prefix = task.ext.prefix ?: "${meta.id}_n4"
    if (image.name ==~ /(?i).*(\.zarr(\.zip)?|\.ozx)/) error "Cannot correct '${image.name}' as a head must be a NIfTI: a stack of sections is corrected by correct_bias_field"
    """
    ${task.ext.n4 ?: 'n4'} correct ${image} ${prefix}.nii.gz --preset mri ${mask ? "--mask ${mask}" : ''} \\
        --save-mask ${prefix}_mask.nii.gz --report ${prefix}_report.json --n-processes ${task.cpus} \\
        ${task.memory ? "--memory-limit ${(task.memory.toBytes() * 0.9) as long}" : ''} ${task.ext.args ?: ''}
    printf '"%s":\\n    n4: %s\\n' '${task.process}' "\$(${task.ext.n4 ?: 'n4'} --version)" > versions.yml
    """

    stub:
    prefix = task.ext.prefix ?: "${meta.id}_n4"
    """
    echo | gzip > ${prefix}.nii.gz
    echo | gzip > ${prefix}_mask.nii.gz
    echo '{}' > ${prefix}_report.json
    printf '"%s":\\n    n4: %s\\n' '${task.process}' "\$(${task.ext.n4 ?: 'n4'} --version)" > versions.yml
    """
}
