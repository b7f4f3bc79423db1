// The steps of one correction as tasks. What they find lies in the run's folder, OUT.partial, on storage that every machine sees; a step that is repeated, or done
// by two at once, leaves the same bytes. Images of any size: nothing passes through Nextflow but names.

include { afterFailure; correctOptions; gpuSlot; memoryLimit; memoryOf } from '../correct_bias_field/main.nf'

// Where the corrected stack will be; the run's folder lies beside it.
def outputOf(subject) {
    return "${file(params.output).toAbsolutePath()}/corrected/${subject}.ome.zarr"
}

// What n4 may take in a step, in bytes: what the plan says, twice as much with each attempt.
def limitOf(stages, stage, attempt) {
    return (stages[stage].memory as long) * (1L << (attempt - 1))
}

// Memory of a step's task: n4's limit, a tenth more for the system's own use of it, and what a process takes before it does anything.
def stepMemory(stages, stage, attempt) {
    return new MemoryUnit(limitOf(stages, stage, attempt).intdiv(9) * 10) + ('512 MB' as MemoryUnit)
}

def stepTime(attempt) {
    return (params.task_time as Duration) * attempt
}

process n4_plan {
    tag "${subject}"
    label 'n4_gpu'
    cpus { params.task_processes }
    memory { memoryOf(params.task_memory, task.attempt) }
    time { stepTime(task.attempt) }
    errorStrategy { afterFailure(task) }
    maxRetries params.retries
    publishDir { "${params.output}/plans/${subject}" }, mode: 'copy'

    input:
    tuple path(image, stageAs: 'input/*'), val(subject), val(sections), val(section_ids)

    output:
    tuple val(subject), val("${outputOf(subject)}.partial"), path('plan.json'), emit: plans
    path 'versions.yml', emit: versions

    script:
    """
    mkdir -p "\$(dirname '${outputOf(subject)}')"
    ${gpuSlot()}
    ${params.n4} plan "\$(readlink -f ${image})" '${outputOf(subject)}' ${correctOptions(sections)} --tasks ${params.tasks} \\
        --n_processes ${task.cpus} ${memoryLimit(task.memory)} --report '${outputOf(subject) - '.ome.zarr'}_n4.json' \\
        --resume --json ${task.ext.args ?: ''} > plan.json
    printf '"%s":\\n    n4: %s\\n' '${task.process}' "\$(${params.n4} --version)" > versions.yml
    """

    stub:
    """
    stage() { printf '{"name": "%s", "tasks": %d, "gather": %s, "memoryBytes": 1}' "\$@"; }
    printf '{"stages": [%s, %s, %s, %s, %s, %s, %s, %s, %s]}\\n' "\$(stage range 2 true)" "\$(stage histogram 0 false)" \\
        "\$(stage mask 2 true)" "\$(stage profile 0 false)" "\$(stage section 3 false)" "\$(stage global 1 false)" \\
        "\$(stage apply 2 false)" "\$(stage pyramid 1 false)" "\$(stage finish 1 false)" > plan.json
    printf '"%s":\\n    n4: %s\\n' '${task.process}' "\$(${params.n4} --version)" > versions.yml
    """
}

process n4_step {
    tag "${subject} ${stage} ${index}"
    label 'n4_gpu'
    cpus { params.task_processes }
    memory { stepMemory(stages, stage, task.attempt) }
    time { stepTime(task.attempt) }
    errorStrategy { afterFailure(task) }
    maxRetries params.retries

    input:
    tuple val(subject), val(run), val(stages), val(stage), val(index)

    output:
    tuple val(subject), val(run), val(stages)

    script:
    """
    ${gpuSlot()}
    ${params.n4} step ${stage} '${run}' --task ${index} --n_processes ${task.cpus} --memory_limit ${limitOf(stages, stage, task.attempt)}
    """

    stub:
    """
    """
}

process n4_gather {
    tag "${subject} ${stage}"
    label 'n4_gpu'
    cpus { params.task_processes }
    memory { stepMemory(stages, stage, task.attempt) }
    time { stepTime(task.attempt) }
    errorStrategy { afterFailure(task) }
    maxRetries params.retries

    input:
    tuple val(subject), val(run), val(stages), val(stage)

    output:
    tuple val(subject), val(run), val(stages)

    script:
    """
    ${gpuSlot()}
    ${params.n4} step gather '${run}' --of ${stage} --n_processes ${task.cpus} --memory_limit ${limitOf(stages, stage, task.attempt)}
    """

    stub:
    """
    """
}

process n4_finish {
    tag "${subject}"
    label 'n4_gpu'
    cpus { params.task_processes }
    memory { stepMemory(stages, 'finish', task.attempt) }
    time { stepTime(task.attempt) }
    errorStrategy { afterFailure(task) }
    maxRetries params.retries

    input:
    tuple val(subject), val(run), val(stages)

    output:
    tuple val(subject), val("${outputOf(subject)}")

    script:
    """
    ${gpuSlot()}
    # A first attempt may have ended after the last rename and before anybody heard of it: then the run is gone and its output there.
    if [ -e '${run}' ] || [ ! -e '${outputOf(subject)}' ]; then
        ${params.n4} step finish '${run}' --n_processes ${task.cpus} --memory_limit ${limitOf(stages, 'finish', task.attempt)}
    fi
    """

    stub:
    """
    """
}
