// The steps of one correction as tasks. What they find lies in the run's folder, OUT.partial, on storage that every machine sees; a step that is repeated, or done
// by two at once, leaves the same bytes. Images of any size: nothing passes through Nextflow but names.

include { afterFailure; correctOptions; gpuSlot; memoryLimit; memoryOf } from '../correct_bias_field/main.nf'

// Where the corrected stack will be, and where it comes into being.
def outputOf(subject) {
    return "${file(params.output).toAbsolutePath()}/corrected/${subject}.ome.zarr"
}

process n4_plan {
    tag "${subject}"
    label 'n4_gpu'
    cpus 1
    memory { memoryOf('2 GB', task.attempt) }
    time '1h'
    errorStrategy { afterFailure(task.exitStatus) }
    maxRetries params.retries
    publishDir { "${params.output}/plans/${subject}" }, mode: 'copy'

    input:
    tuple path(image, stageAs: 'input/*'), val(subject), val(sections), val(section_ids)

    output:
    tuple val(subject), val("${outputOf(subject)}.partial"), path('plan.json'), emit: plans
    path 'versions.yml', emit: versions

    script:
    """
    mkdir -p '${outputOf(subject)}'
    rmdir '${outputOf(subject)}'
    ${params.n4} plan "\$(readlink -f ${image})" '${outputOf(subject)}' ${correctOptions(sections)} \\
        --tasks ${params.tasks} --resume --json ${task.ext.args ?: ''} > plan.json
    printf '"%s":\\n    n4: %s\\n' '${task.process}' "\$(${params.n4} --version)" > versions.yml
    """

    stub:
    """
    echo '{"stages": [{"name": "range", "tasks": 2}, {"name": "histogram", "tasks": 0}, {"name": "mask", "tasks": 2}, {"name": "profile", "tasks": 0}, {"name": "section", "tasks": 3}, {"name": "global", "tasks": 1}, {"name": "apply", "tasks": 2}, {"name": "pyramid", "tasks": 1}]}' > plan.json
    touch versions.yml
    """
}

process n4_step {
    tag "${subject} ${stage} ${index}"
    label 'n4_gpu'
    cpus { params.task_processes }
    memory { memoryOf(params.task_memory, task.attempt) }
    time { (params.task_time as Duration) * task.attempt }
    errorStrategy { afterFailure(task.exitStatus) }
    maxRetries params.retries

    input:
    tuple val(subject), val(run), val(tasks), val(stage), val(index)

    output:
    tuple val(subject), val(run), val(tasks)

    script:
    """
    ${gpuSlot()}
    ${params.n4} step ${stage} '${run}' --task ${index} --n_processes ${task.cpus} ${memoryLimit(task.memory)}
    """

    stub:
    """
    """
}

process n4_gather {
    tag "${subject} ${stage}"
    label 'n4_cpu'
    cpus 1
    memory { memoryOf(params.task_memory, task.attempt) }
    time { (params.task_time as Duration) * task.attempt }
    errorStrategy { afterFailure(task.exitStatus) }
    maxRetries params.retries

    input:
    tuple val(subject), val(run), val(tasks), val(stage)

    output:
    tuple val(subject), val(run), val(tasks)

    script:
    """
    ${params.n4} step gather '${run}' --of ${stage}
    """

    stub:
    """
    """
}

process n4_finish {
    tag "${subject}"
    label 'n4_cpu'
    cpus 1
    memory { memoryOf(params.task_memory, task.attempt) }
    time { (params.task_time as Duration) * task.attempt }
    errorStrategy { afterFailure(task.exitStatus) }
    maxRetries params.retries

    input:
    tuple val(subject), val(run), val(tasks)

    output:
    tuple val(subject), val("${outputOf(subject)}")

    script:
    """
    ${params.n4} step finish '${run}'
    """

    stub:
    """
    """
}
