// One stage of a correction: its tasks side by side, then, where it has one, the gathering of what they found. A stage without tasks is passed by.

include { n4_gather; n4_step } from './modules/steps/main.nf'

workflow stage {
    take:
    runs   // tuple(subject, folder of the run, number of tasks by stage)
    name   // of the stage

    main:
    n4_step(runs.flatMap { subject, run, tasks -> (0..<tasks[name]).collect { index -> tuple(subject, run, tasks, name, index) } })
    all = n4_step.out
        .map { subject, run, tasks -> tuple(groupKey(subject, tasks[name]), run, tasks) }
        .groupTuple()
        .map { subject, runs, tasks -> tuple("${subject}", runs[0], tasks[0]) }
    if (name in ['range', 'histogram', 'mask', 'profile']) {
        n4_gather(all.map { subject, run, tasks -> tuple(subject, run, tasks, name) })
        all = n4_gather.out
    }

    emit:
    all.mix(runs.filter { _subject, _run, tasks -> tasks[name] == 0 })
}
