// One stage of a correction: its tasks side by side, then, where it has one, the gathering of what they found. A stage without tasks is passed by.

include { n4_gather; n4_step } from './modules/steps/main.nf'

workflow stage {
    take:
    runs   // tuple(subject, folder of the run, its stages by name: number of tasks, whether they are gathered, memory)
    name   // of the stage

    main:
    n4_step(runs.flatMap { subject, run, stages ->
        (0..<stages[name].tasks).collect { index -> tuple(subject, run, stages, name, index) }
    })
    done = n4_step.out
        .map { subject, run, stages -> tuple(groupKey(subject, stages[name].tasks), run, stages) }
        .groupTuple()
        .map { subject, runs, stages -> tuple("${subject}", runs[0], stages[0]) }
    n4_gather(done.filter { it[2][name].gather }.map { subject, run, stages -> tuple(subject, run, stages, name) })

    emit:
    n4_gather.out.mix(done.filter { !it[2][name].gather }, runs.filter { it[2][name].tasks == 0 })
}
