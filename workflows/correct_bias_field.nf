// The module as linumpy's pipeline calls it: one channel in, one channel out, as its own process has them.
//
//   include { correct_bias_field } from '<n4>/workflows/correct_bias_field.nf'

include { correct_bias_field as n4_correct } from './modules/correct_bias_field/main.nf'

workflow correct_bias_field {
    take:
    stacks // tuple(path of an OME-Zarr, subject's name, number of sections or 0, ids of the sections as text)

    main:
    n4_correct(stacks)

    emit:
    n4_correct.out.corrected
}
