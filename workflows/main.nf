// Corrects stacks of serial sections: one task a stack or, with --tasks, many tasks a stack. See docs/workflows.md.
//
//   nextflow run workflows/main.nf -profile slurm --input 'stacks/*.ome.zarr' --sections 40 --output results
//   nextflow run workflows/main.nf -profile slurm --input stacks.csv --output results      (a table: subject,image,sections)

include { correct_bias_field } from './correct_bias_field.nf'
include { correct_in_pieces } from './correct_in_pieces.nf'

// The stacks that are to be corrected, as the module takes them: (image, subject, number of sections or 0, ids of the sections).
def stacks() {
    if (!params.input) error "Cannot run as --input must name stacks (a path, a pattern or a .csv table): it is not given"
    if (params.input.endsWith('.csv')) {
        return channel.fromPath(params.input, checkIfExists: true).splitCsv(header: true).map { row ->
            tuple(file(row.image, checkIfExists: true), row.subject, (row.sections ?: 0) as int, '')
        }
    }
    return channel.fromPath(params.input, type: 'any', checkIfExists: true).map { image ->
        tuple(image, image.name.replaceFirst(/\.ome\.zarr(\.zip)?$/, ''), params.sections as int, '')
    }
}

workflow {
    if (params.tasks > 0) correct_in_pieces(stacks())
    else correct_bias_field(stacks())
}
