// Corrects stacks of any size: each is planned, cut into tasks for many machines, and put together. Same bytes as one `n4 correct`.

include { n4_finish; n4_plan } from './modules/steps/main.nf'
include { stage as range } from './stage.nf'
include { stage as histogram } from './stage.nf'
include { stage as mask } from './stage.nf'
include { stage as profile } from './stage.nf'
include { stage as section } from './stage.nf'
include { stage as global } from './stage.nf'
include { stage as apply } from './stage.nf'
include { stage as pyramid } from './stage.nf'

// The stages of a plan by name.
def stagesOf(plan) {
    return new groovy.json.JsonSlurper().parse(plan).stages.collectEntries { stage ->
        [stage.name, [tasks: stage.tasks, gather: stage.gather, memory: stage.memoryBytes]]
    }
}

workflow correct_in_pieces {
    take:
    stacks // as the module correct_bias_field takes them

    main:
    n4_plan(stacks)
    planned = n4_plan.out.plans.map { subject, run, plan -> tuple(subject, run, stagesOf(plan)) }
    range(planned, 'range')
    histogram(range.out, 'histogram')
    mask(histogram.out, 'mask')
    profile(mask.out, 'profile')
    section(profile.out, 'section')
    global(section.out, 'global')
    apply(global.out, 'apply')
    pyramid(apply.out, 'pyramid')
    n4_finish(pyramid.out)

    emit:
    n4_finish.out // tuple(subject, path of the corrected stack)
}
